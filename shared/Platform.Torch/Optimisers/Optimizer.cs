using TorchSharp.Interop;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Algorithms that change parameters by their gradients.</summary>
    public static partial class optim
    {
        public interface ILearningRateController
        {
            double LearningRate { get; set; }

            double InitialLearningRate { get; set; }
        }

        /// <summary>Optimisers with coefficients of running averages.</summary>
        public interface IBetas
        {
            (double, double) Betas { get; set; }
        }

        /// <summary>An algorithm that changes parameters by their gradients.</summary>
        public abstract class Optimizer : IDisposable
        {
            public abstract IEnumerable<ILearningRateController> ParamGroups { get; }

            public abstract IEnumerable<Parameter> parameters();

            /// <summary>One update of all parameters; the closure, if given, computes the loss first and its result is returned.</summary>
            public abstract Tensor? step(Func<Tensor>? closure = null);

            public virtual void zero_grad(bool set_to_none = true) => ZeroGrad(parameters(), set_to_none);

            public virtual void add_param_group(ParamGroup param_group) => throw new NotSupportedException(nameof(add_param_group));

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
            }

            internal static void ZeroGrad(IEnumerable<Parameter> parameters, bool set_to_none)
            {
                var all = parameters.ToArray();
                Native.Check(Native.pt_zero_grad(Handles(all), all.Length, set_to_none ? 1 : 0));
                GC.KeepAlive(all);
            }

            /// <summary>Everything an optimiser needs to continue: options by group, state by parameter.</summary>
            public class StateDictionary
            {
                internal StateDictionary()
                {
                }

                public List<OptimizerOptions> Options { get; } = [];

                public List<OptimizerState> State { get; } = [];
            }
        }
    }
}
