using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Features.Datasets;

/// <summary>
/// Writes the shards of a planned dataset. Equal plans give equal bytes, so any number of instances may write the same shard at once.
/// </summary>
internal sealed class DatasetWriter(IObjectStore store)
{
    internal static string NameOf(int shard) => $"shard-{shard:00000}.npy";

    internal static string KeyOf(string datasetId, string shardName) => $"datasets/{datasetId}/{shardName}";

    /// <param name="recordings">Those of the shard, in the plan's order.</param>
    /// <param name="written">Called after each recording with its number of patches.</param>
    public async Task<DatasetShard> Write(
        DatasetManifest plan,
        int shard,
        IReadOnlyList<DatasetRecording> recordings,
        Func<int, Task> written,
        CancellationToken cancellationToken)
    {
        var name = NameOf(shard);
        var patches = recordings.Sum(recording => recording.PatchCount);

        // Patches are made while the store takes them: a shard never stands in memory as a whole.
        var pipe = new Pipe();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var making = Make(plan, recordings, patches, pipe.Writer, written, stop.Token);
        try
        {
            var stored = await store.Put(KeyOf(plan.Id, name), pipe.Reader.AsStream(), cancellationToken);
            await making;
            var sha256 = stored.Sha256 ?? throw new InvalidOperationException($"The store gave no hash of {name}.");
            return new DatasetShard(name, stored.Size, sha256, patches);
        }
        catch
        {
            // Whichever side failed first, the other must not wait for it for ever; the reader has the writer's exception already.
            await stop.CancelAsync();
            await making.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private async Task Make(
        DatasetManifest plan,
        IReadOnlyList<DatasetRecording> recordings,
        int patches,
        PipeWriter output,
        Func<int, Task> written,
        CancellationToken cancellationToken)
    {
        try
        {
            var view = new PatchView(plan.Spec);
            var scales = plan.Devices.ToDictionary(device => device.Device, device => device.Scale);
            await output.WriteAsync(NpyHeader.Format(NpyFile.DTypeF4, [patches, plan.NMels, plan.Frames]), cancellationToken);
            foreach (var recording in recordings)
            {
                var stored = await ReadPatches(plan, recording, cancellationToken);
                var normalised = view.ApplyAll(stored, recording.PatchCount, scales[recording.Device]);
                output.Write(MemoryMarshal.AsBytes(normalised.AsSpan()));
                await output.FlushAsync(cancellationToken);
                await written(recording.PatchCount);
            }

            await output.CompleteAsync();
        }
        catch (Exception exception)
        {
            await output.CompleteAsync(exception);
            throw;
        }
    }

    private async Task<float[]> ReadPatches(DatasetManifest plan, DatasetRecording recording, CancellationToken cancellationToken)
    {
        var array = NpyFile.Read(await store.ReadVerified(recording.FeatureSetKey, recording.FeatureSetSha256, cancellationToken));
        int[] expected = [recording.PatchCount, plan.NMels, plan.Spec.Extraction.OwnFrames];
        return array.Shape.SequenceEqual(expected)
            ? array.ToSingles()
            : throw new PermanentException(
                $"Object '{recording.FeatureSetKey}' has the shape [{string.Join(", ", array.Shape)}], expected [{string.Join(", ", expected)}].");
    }
}
