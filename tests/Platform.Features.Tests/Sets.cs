using Platform.Contracts;
using Platform.Dsp;
using Platform.Features.Datasets;

namespace Platform.Features.Tests;

/// <summary>Eligible feature sets that exist on paper only.</summary>
internal static class Sets
{
    /// <summary>Windows of one second that follow each other; a patch is 8 × 64 floats.</summary>
    internal static readonly FeatureSpec Spec = new("small", new Extraction { WinSeconds = 1, HopSeconds = 1, NFft = 512, HopLength = 256, NMels = 8 }, new View());

    internal static EligibleSet Set(int number, string device, int patches, double min = -90, double max = -10) => new(
        new Guid(number, 0, 0, new byte[8]), device, DateTime.UnixEpoch.AddSeconds(number), "19700101", Labels.Unlabelled, "aa", $"features/{number}.npy", "bb",
        patches, min, max, min - max, new double[8], new double[8], Rms: 0.1, SpectralCentroid: 1_000, DurationSeconds: null, Pending: true);

    internal static PrepareTraining Run(TrainingParameters parameters, params string[] devices) => new(
        Guid.NewGuid(), "run", BatchId: null, new TrainingScope(ScopeModes.Site, "S001_all", "pooled", "conv-ae", "site/S001_all/pooled/conv-ae", devices),
        parameters, Champion: null, new DateTimeOffset(2026, 3, 4, 12, 0, 0, TimeSpan.Zero));

    internal static DatasetChoice Choose(TrainingParameters parameters, params EligibleSet[] sets)
    {
        string[] devices = [.. sets.Select(set => set.Device).Distinct()];
        var run = Run(parameters, devices);
        return DatasetChoice.Of(run, ChosenDays.Of(run, [.. devices.Select(device => new DeviceSpec(device, "UTC", "small", Spec))]), Spec.Extraction, sets);
    }

    /// <summary>The numbers of the sets, as they were given to <see cref="Set"/>.</summary>
    internal static int[] Numbers(IEnumerable<Guid> ids) => [.. ids.Select(id => Convert.ToInt32(id.ToString()[..8], 16))];

    internal static int[] Numbers(DatasetChoice choice) => Numbers(choice.Chosen.Select(set => set.RecordingId));
}
