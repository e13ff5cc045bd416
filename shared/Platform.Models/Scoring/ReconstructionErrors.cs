using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Platform.Models;

/// <summary>Mean squared error of each patch under an autoencoder; the one way in training, thresholds and scoring.</summary>
public static class ReconstructionErrors
{
    /// <summary>Patches in memory at a time; bounds that of activations: 64 patches of 64×256 take some 130 MB in the widest layer.</summary>
    public const int BatchSize = 64;

    /// <summary>
    /// One error per patch of <c>[count, n_mels, frames]</c>, in normalised units squared. The network must be in evaluation
    /// mode; threads may share it.
    /// </summary>
    /// <param name="device">Where the network is; the CPU if it is not given. What people compare is computed there.</param>
    public static double[] Of(nn.Module<Tensor, Tensor> network, ReadOnlySpan<float> patches, int nMels, int frames, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        var length = nMels * frames;
        if (length <= 0 || patches.Length % length != 0)
            throw new ArgumentException($"{patches.Length} values are no whole number of patches [{nMels}, {frames}].", nameof(patches));

        var errors = new double[patches.Length / length];
        using var gradients = no_grad();
        for (var from = 0; from < errors.Length; from += BatchSize)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(BatchSize, errors.Length - from);
            var batch = SquaredErrors(network, patches.Slice(from * length, count * length), nMels, frames, device)
                .mean([1L, 2, 3]).cpu().data<float>();
            for (var i = 0; i < count; i++)
                errors[from + i] = batch[i];
        }

        return errors;
    }

    /// <summary>As <see cref="Of"/>, and the mean per mel band over the frames that are no padding.</summary>
    /// <param name="own">Frames from the left that a window has by itself.</param>
    public static BandErrors OfBands(nn.Module<Tensor, Tensor> network, ReadOnlySpan<float> patches, int nMels, int frames, int own)
    {
        ArgumentNullException.ThrowIfNull(network);
        var length = nMels * frames;
        if (length <= 0 || patches.Length % length != 0)
            throw new ArgumentException($"{patches.Length} values are no whole number of patches [{nMels}, {frames}].", nameof(patches));

        var errors = new double[patches.Length / length];
        var bands = new double[errors.Length * nMels];
        using var gradients = no_grad();
        for (var from = 0; from < errors.Length; from += BatchSize)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(BatchSize, errors.Length - from);
            var squares = SquaredErrors(network, patches.Slice(from * length, count * length), nMels, frames, device: null);
            var batch = squares.mean([1L, 2, 3]).data<float>();
            for (var i = 0; i < count; i++)
                errors[from + i] = batch[i];
            var rows = squares.narrow(3, 0, Math.Min(own, frames)).mean([1L, 3]).contiguous().data<float>();
            for (var i = 0; i < count * nMels; i++)
                bands[from * nMels + i] = rows[i];
        }

        return new BandErrors(errors, bands);
    }

    /// <summary>Shows the squared error of every cell, patch by patch in their order, <see cref="BatchSize"/> patches in memory at a time.</summary>
    internal static void Visit(nn.Module<Tensor, Tensor> network, ReadOnlySpan<float> patches, int nMels, int frames, CellErrors visit)
    {
        var length = nMels * frames;
        using var gradients = no_grad();
        for (var from = 0; from < patches.Length / length; from += BatchSize)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(BatchSize, patches.Length / length - from);
            var batch = SquaredErrors(network, patches.Slice(from * length, count * length), nMels, frames, device: null).contiguous();
            var cells = MemoryMarshal.Cast<byte, float>(batch.bytes);
            for (var i = 0; i < count; i++)
                visit(from + i, cells.Slice(i * length, length));
        }
    }

    private static Tensor SquaredErrors(nn.Module<Tensor, Tensor> network, ReadOnlySpan<float> patches, int nMels, int frames, Device? device)
    {
        // One channel is the same memory in both layouts; as channels-last the convolutions stay in the layout that they compute in.
        var memory = empty([patches.Length / (nMels * frames), nMels, frames, 1]);
        patches.CopyTo(MemoryMarshal.Cast<byte, float>(memory.bytes));
        var input = memory.permute(0, 3, 1, 2);
        if (device is not null)
            input = input.to(device);
        return (network.forward(input) - input).pow(2);
    }
}

/// <param name="errors">[n_mels, frames] row-major.</param>
internal delegate void CellErrors(int patch, ReadOnlySpan<float> errors);
