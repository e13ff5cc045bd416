using TorchSharp.Interop;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Adam: steps by running averages of the gradient and of its square. All parameters of a group in one native call.</summary>
public partial class Adam : OptimizerHelper, optim.IBetas
{
    private readonly Options defaults;

    public Adam(
        IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0,
        bool amsgrad = false, bool maximize = false)
        : this([new ParamGroup { Parameters = parameters }], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
    {
    }

    public Adam(
        IEnumerable<ParamGroup> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0,
        bool amsgrad = false, bool maximize = false)
    {
        if (!(lr >= 0))
            throw new ArgumentException($"Invalid learning rate: {lr}");
        if (!(eps >= 0))
            throw new ArgumentException($"Invalid ε: {eps}");
        if (!(beta1 >= 0 && beta1 < 1))
            throw new ArgumentException($"Invalid beta1: {beta1}");
        if (!(beta2 >= 0 && beta2 < 1))
            throw new ArgumentException($"Invalid beta2: {beta2}");
        if (!(weight_decay >= 0))
            throw new ArgumentException($"Invalid weight_decay value: {weight_decay}");
        defaults = new Options
        {
            LearningRate = lr, InitialLearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay, amsgrad = amsgrad,
            maximize = maximize,
        };
        foreach (var group in parameters)
            add_param_group(group);
    }

    public (double, double) Betas
    {
        get => (defaults.beta1!.Value, defaults.beta2!.Value);
        set
        {
            (defaults.beta1, defaults.beta2) = value;
            foreach (var group in Groups.Cast<ParamGroup>())
                group.Betas = value;
        }
    }

    public override void add_param_group(Modules.ParamGroup param_group)
    {
        ArgumentNullException.ThrowIfNull(param_group);
        // A list, so that a lazy enumeration is not walked again in every step.
        param_group.Parameters = param_group.Parameters.ToArray();
        param_group.Options ??= new Options();
        var options = (Options)param_group.Options;
        options.Complete(defaults);
        foreach (var parameter in param_group.Parameters)
            if (!States.TryAdd(parameter, new State(parameter, options.amsgrad!.Value)))
                throw new ArgumentException("A parameter appears in more than one parameter group.", nameof(param_group));
        Groups.Add(param_group);
    }

    public override Tensor? step(Func<Tensor>? closure = null)
    {
        Tensor? loss = null;
        if (closure is not null)
            using (enable_grad())
                loss = closure();
        foreach (var group in Groups)
            Step(group);
        return loss;
    }

    private void Step(Modules.ParamGroup group)
    {
        var options = (Options)group.Options!;
        var ready = group.Parameters.Where(HasGradient).ToArray();
        if (ready.Length == 0)
            return;
        var states = Array.ConvertAll(ready, p => (State)States[p]);
        // A step counts once it has been made: an error leaves the state as it was.
        var steps = Array.ConvertAll(states, s => s.step + 1);
        Native.Check(Native.pt_adam_step(
            Handles(ready), Handles(states.Select(s => s.exp_avg)), Handles(states.Select(s => s.exp_avg_sq)),
            options.amsgrad!.Value ? Handles(states.Select(s => s.max_exp_avg_sq!)) : default(ReadOnlySpan<nint>), steps, ready.Length, options.ToNative()));
        for (var i = 0; i < states.Length; i++)
            states[i].step = steps[i];
        GC.KeepAlive(ready);
    }

    private static bool HasGradient(Parameter parameter)
    {
        using var gradient = parameter.grad;
        return gradient is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            foreach (var state in States.Values)
                ((State)state).Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Parameters with their own options.</summary>
    public class ParamGroup : ParamGroup<Options>, optim.IBetas
    {
        public ParamGroup()
        {
        }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options)
        {
        }

        public ParamGroup(
            IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0,
            bool amsgrad = false, bool maximize = false)
            : base(parameters, new Options
            {
                LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay, amsgrad = amsgrad, maximize = maximize,
            })
        {
        }

        public (double, double) Betas
        {
            get => (Options!.beta1!.Value, Options.beta2!.Value);
            set => (Options!.beta1, Options.beta2) = value;
        }
    }
}
