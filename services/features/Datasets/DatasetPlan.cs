using Platform.Dsp;

namespace Platform.Features.Datasets;

/// <summary>Lays a dataset out before anything is read or written: scale per device, place of each recording in the shards, id.</summary>
internal static class DatasetPlan
{
    /// <summary>The manifest without its shards, whose hashes are known when they are written.</summary>
    /// <param name="maxShardBytes">A recording never crosses shards, so one that is longer has a shard of its own.</param>
    internal static DatasetManifest Create(FeatureSpec spec, DatasetChoice choice, long maxShardBytes)
    {
        var sets = choice.Chosen;
        var patchBytes = (long)spec.Extraction.NMels * spec.Frames * sizeof(float);
        var recordings = new List<DatasetRecording>(sets.Count);
        var (shard, offset) = (0, 0);
        foreach (var set in sets)
        {
            if (offset > 0 && (offset + (long)set.PatchCount) * patchBytes > maxShardBytes)
                (shard, offset) = (shard + 1, 0);
            recordings.Add(new DatasetRecording(
                set.RecordingId, set.Device, new DateTimeOffset(set.RecordedAt), set.Day, set.Label, set.AudioSha256,
                set.ObjectKey, set.Sha256, shard, offset, set.PatchCount, set.BandMean, set.BandVariance));
            offset += set.PatchCount;
        }

        return new DatasetManifest(
            DatasetManifest.CurrentFormat,
            Id: "",
            spec with { Name = null },
            spec.Hash,
            spec.Extraction.Hash,
            spec.Extraction.NMels,
            spec.Frames,
            choice.Selection,
            [.. sets.GroupBy(set => set.Device).Select(device => Device(device.Key, spec, [.. device]))],
            recordings,
            Shards: [],
            choice.Screen).Identified();
    }

    /// <summary>Stored minima and maxima are enough: no patch is read to fit a scale.</summary>
    private static DatasetDevice Device(string device, FeatureSpec spec, IReadOnlyList<EligibleSet> sets)
    {
        var scale = sets.Select(set => set.Levels.Under(spec)).Aggregate((all, one) => all.Union(one));
        return new DatasetDevice(device, scale.Min, scale.Max, sets.Count, sets.Sum(set => set.PatchCount));
    }
}
