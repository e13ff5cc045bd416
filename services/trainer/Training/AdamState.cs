using Platform.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Trainer.Training;

/// <summary>Adam's moments and step counts as a plain state dict: <c>{step | exp_avg | exp_avg_sq}.{parameter}</c>.</summary>
internal static class AdamState
{
    internal static IReadOnlyList<KeyValuePair<string, StateTensor>> Capture(Adam optimizer, nn.Module network)
    {
        using var scope = NewDisposeScope();
        var tensors = new List<KeyValuePair<string, StateTensor>>();
        foreach (var (name, state) in States(optimizer, network))
        {
            tensors.Add(new($"step.{name}", new StateTensor(TensorType.Int64, [], BitConverter.GetBytes(state.step))));
            tensors.Add(new($"exp_avg.{name}", ModuleState.ToState(state.exp_avg)));
            tensors.Add(new($"exp_avg_sq.{name}", ModuleState.ToState(state.exp_avg_sq)));
        }

        return tensors;
    }

    /// <exception cref="InvalidDataException">The state is of another network.</exception>
    internal static void Restore(Adam optimizer, nn.Module network, IReadOnlyList<KeyValuePair<string, StateTensor>> tensors)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var saved = tensors.ToDictionary(StringComparer.Ordinal);
        foreach (var (name, state) in States(optimizer, network))
        {
            state.step = BitConverter.ToInt64(Saved($"step.{name}", TensorType.Int64, []).Data.Span);
            state.exp_avg.copy_(ModuleState.ToTensor(Saved($"exp_avg.{name}", TensorType.Float32, state.exp_avg.shape)));
            state.exp_avg_sq.copy_(ModuleState.ToTensor(Saved($"exp_avg_sq.{name}", TensorType.Float32, state.exp_avg_sq.shape)));
        }

        StateTensor Saved(string name, TensorType type, long[] shape) =>
            saved.TryGetValue(name, out var tensor) && tensor.Type == type && tensor.Shape.SequenceEqual(shape)
                ? tensor
                : throw new InvalidDataException($"The optimiser's state lacks '{name}' of {type} [{string.Join(", ", shape)}].");
    }

    // Both list the parameters in the network's order.
    private static IEnumerable<(string Name, Adam.State State)> States(Adam optimizer, nn.Module network) =>
        network.named_parameters().Zip(optimizer.state_dict().State, (parameter, state) => (parameter.name, (Adam.State)state));
}
