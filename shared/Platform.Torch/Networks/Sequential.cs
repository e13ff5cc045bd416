using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Modules called one after the other; unnamed ones are called "0", "1", … as in PyTorch.</summary>
public class Sequential : nn.Module<Tensor, Tensor>
{
    private readonly List<nn.IModule<Tensor, Tensor>> stages = [];

    protected internal Sequential(params (string name, nn.Module<Tensor, Tensor> submodule)[] modules) : base(nameof(Sequential))
    {
        foreach (var (name, module) in modules)
            append(name, module);
    }

    protected internal Sequential(params nn.Module<Tensor, Tensor>[] modules) : base(nameof(Sequential))
    {
        foreach (var module in modules)
            append(module);
    }

    public int Count => stages.Count;

    public nn.IModule<Tensor, Tensor> this[int index] => stages[index];

    public Sequential append(string name, nn.IModule<Tensor, Tensor> module)
    {
        register_module(name, (nn.Module)module);
        stages.Add(module);
        return this;
    }

    public Sequential append(nn.IModule<Tensor, Tensor> module) =>
        append(stages.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), module);

    /// <summary>Intermediate results are disposed as soon as the next module has used them; autograd keeps what it needs.</summary>
    public override Tensor forward(Tensor input)
    {
        if (stages.Count == 0)
            return input.alias();
        var current = input;
        for (var i = 0; i < stages.Count; i++)
        {
            // Nobody sees what an in-place ReLU overwrites, so both may be one operation.
            var withRelu = i + 1 < stages.Count && stages[i + 1] is ReLU { inplace: true };
            var next = stages[i] is BatchNorm2d norm ? norm.forward(current, withRelu) : stages[i].call(current);
            if (withRelu && stages[i] is BatchNorm2d)
                i++;
            if (!ReferenceEquals(current, input))
                current.Dispose();
            current = next;
        }

        return current;
    }
}
