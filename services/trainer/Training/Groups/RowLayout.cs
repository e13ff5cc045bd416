using static TorchSharp.torch;

namespace Platform.Trainer.Training.Groups;

/// <summary>
/// Where each tensor of one network lies in a row that holds all of them. Rows of equal networks make a matrix
/// <c>[models, length]</c>, on which whatever is done element by element is done for all tensors of all models at once.
/// </summary>
internal sealed class RowLayout
{
    private RowLayout(IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        var parts = new List<Part>();
        foreach (var (name, tensor) in tensors)
        {
            parts.Add(new Part(name, tensor.shape, Length, (int)tensor.numel()));
            Length += (int)tensor.numel();
        }

        Parts = parts;
    }

    internal IReadOnlyList<Part> Parts { get; }

    internal int Length { get; }

    /// <summary>What an optimiser changes, in its order.</summary>
    internal static RowLayout OfParameters(nn.Module network) =>
        new(network.named_parameters().Select(parameter => (parameter.name, (Tensor)parameter.parameter)));

    /// <summary>The running means and variances; batch normalisation counts its batches beside them.</summary>
    internal static RowLayout OfStatistics(nn.Module network) =>
        new(network.named_buffers().Where(buffer => buffer.buffer.dtype == ScalarType.Float32).Select(buffer => (buffer.name, buffer.buffer)));

    /// <summary>The tensors one behind the other.</summary>
    internal static Tensor Row(IEnumerable<Tensor> tensors) => cat([.. tensors.Select(tensor => tensor.detach().reshape(-1))]);

    /// <summary>Copies a row back into the tensors that it is made of.</summary>
    internal void CopyTo(Tensor row, IEnumerable<Tensor> tensors)
    {
        foreach (var (part, tensor) in Parts.Zip(tensors))
            tensor.copy_(row.narrow(0, part.Offset, part.Count).view(part.Shape));
    }

    /// <summary>
    /// Each part of <c>[models, length]</c> as one tensor of all models, stacked along the part's first dimension: what a layer
    /// with one group for each model takes. Copies, unless there is one model.
    /// </summary>
    internal Tensor[] Stacked(Tensor rows)
    {
        var models = rows.shape[0];
        return [.. Parts.Select(part => rows.narrow(1, part.Offset, part.Count).reshape([models * part.Shape[0], .. part.Shape[1..]]))];
    }

    /// <summary>The inverse of <see cref="Stacked"/>.</summary>
    internal static Tensor Unstacked(IEnumerable<Tensor> stacked, long models) =>
        cat([.. stacked.Select(part => part.reshape(models, -1))], 1);

    /// <param name="Offset">Of its first element in a row.</param>
    /// <param name="Count">Elements.</param>
    internal sealed record Part(string Name, long[] Shape, int Offset, int Count);
}
