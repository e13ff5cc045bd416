using Platform.Models;
using Platform.Trainer.Datasets;
using static TorchSharp.torch;

namespace Platform.Trainer.Training;

/// <summary><see cref="ReconstructionErrors"/> of patches of a dataset, of which only a batch is in memory at a time.</summary>
internal static class PatchErrors
{
    /// <summary>One error per patch, in their order. The network must be in evaluation mode.</summary>
    /// <param name="device">Where the network is; the CPU if it is not given.</param>
    internal static double[] Of(nn.Module<Tensor, Tensor> network, TrainingData data, ReadOnlySpan<int> patches, Device? device = null)
    {
        var errors = new double[patches.Length];
        var gathered = new float[Math.Min(patches.Length, ReconstructionErrors.BatchSize) * data.PatchLength];
        for (var from = 0; from < patches.Length; from += ReconstructionErrors.BatchSize)
        {
            var batch = patches.Slice(from, Math.Min(ReconstructionErrors.BatchSize, patches.Length - from));
            var values = gathered.AsSpan(0, batch.Length * data.PatchLength);
            data.Gather(batch, values);
            ReconstructionErrors.Of(network, values, data.Manifest.NMels, data.Manifest.Frames, device).CopyTo(errors, from);
        }

        return errors;
    }

    /// <summary>As <see cref="Of"/> on the CPU, and per mel band.</summary>
    internal static BandErrors OfBands(nn.Module<Tensor, Tensor> network, TrainingData data, ReadOnlySpan<int> patches)
    {
        var (nMels, frames) = (data.Manifest.NMels, data.Manifest.Frames);
        var errors = new BandErrors(new double[patches.Length], new double[patches.Length * nMels]);
        var gathered = new float[Math.Min(patches.Length, ReconstructionErrors.BatchSize) * data.PatchLength];
        for (var from = 0; from < patches.Length; from += ReconstructionErrors.BatchSize)
        {
            var batch = patches.Slice(from, Math.Min(ReconstructionErrors.BatchSize, patches.Length - from));
            var values = gathered.AsSpan(0, batch.Length * data.PatchLength);
            data.Gather(batch, values);
            var one = ReconstructionErrors.OfBands(network, values, nMels, frames, data.Manifest.Spec.Extraction.OwnFrames);
            one.Patches.CopyTo(errors.Patches, from);
            one.Bands.CopyTo(errors.Bands, from * nMels);
        }

        return errors;
    }
}
