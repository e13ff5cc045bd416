using Platform.Dsp;

namespace Platform.Trainer.Datasets;

/// <summary>A dataset on the disk: normalised patches <c>[n_mels, frames]</c>, numbered in the order of its manifest.</summary>
internal sealed class TrainingData : IDisposable
{
    // Pages that were read count as this process's memory until somebody takes them back; what limits memory may not wait for that.
    private const long MostResidentBytes = 16 << 20;

    private readonly MappedShard[] _shards;
    private readonly (MappedShard Shard, int Number)[] _patches;
    private long _copiedBytes;

    /// <summary>Owns the shards once it is made.</summary>
    /// <exception cref="InvalidDataException">A device has recordings but no scale.</exception>
    internal TrainingData(DatasetManifest manifest, IReadOnlyList<MappedShard> shards)
    {
        (Manifest, _shards) = (manifest, [.. shards]);
        PatchLength = manifest.NMels * manifest.Frames;
        _patches = [.. manifest.Recordings.SelectMany(recording => Enumerable.Range(recording.Offset, recording.PatchCount)
            .Select(patch => (shards[recording.Shard], patch)))];

        var next = 0;
        Recordings = [.. manifest.Recordings.Select(recording =>
        {
            var own = Enumerable.Range(next, recording.PatchCount).ToArray();
            next += recording.PatchCount;
            return new RecordingPatches(recording, own);
        })];
        Devices = manifest.Devices.ToDictionary(device => device.Device, device => device.Scale, StringComparer.Ordinal);
        if (Recordings.FirstOrDefault(recording => !Devices.ContainsKey(recording.Device)) is { } stranger)
            throw new InvalidDataException($"Dataset {manifest.Id} has a recording of device '{stranger.Device}' but no scale for it.");
    }

    internal DatasetManifest Manifest { get; }

    internal int PatchLength { get; }

    internal int PatchCount => _patches.Length;

    internal IReadOnlyList<RecordingPatches> Recordings { get; }

    /// <summary>The scale that each device's patches are normalised under.</summary>
    internal IReadOnlyDictionary<string, Scale> Devices { get; }

    /// <summary>The patches named, in that order: <c>[patches.Length, n_mels, frames]</c>.</summary>
    internal float[] Gather(ReadOnlySpan<int> patches)
    {
        var gathered = new float[patches.Length * PatchLength];
        Gather(patches, gathered);
        return gathered;
    }

    /// <summary>Without memory of its own, for the training loop. One thread at a time.</summary>
    internal void Gather(ReadOnlySpan<int> patches, Span<float> destination)
    {
        for (var i = 0; i < patches.Length; i++)
        {
            var (shard, number) = _patches[patches[i]];
            shard.CopyPatch(number, destination.Slice(i * PatchLength, PatchLength));
            if ((_copiedBytes += PatchLength * sizeof(float)) < MostResidentBytes)
                continue;
            foreach (var used in _shards)
                used.ReleasePages();
            _copiedBytes = 0;
        }
    }

    public void Dispose()
    {
        foreach (var shard in _shards)
            shard.Dispose();
    }
}

/// <summary>The patches of one recording by their numbers in the dataset.</summary>
internal sealed record RecordingPatches(DatasetRecording Recording, int[] Patches)
{
    internal string Device => Recording.Device;
}
