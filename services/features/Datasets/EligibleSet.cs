using Platform.Contracts;
using Platform.Dsp;

namespace Platform.Features.Datasets;

/// <summary>A feature set that a model may be trained on, with what is known of it without reading it.</summary>
/// <param name="DurationSeconds">Null where it was extracted before durations were kept.</param>
/// <param name="Pending">No deployed version of the run's model has been trained on it or passed it over.</param>
internal sealed record EligibleSet(
    Guid RecordingId,
    string Device,
    DateTime RecordedAt,
    string Day,
    string Label,
    string AudioSha256,
    string ObjectKey,
    string Sha256,
    int PatchCount,
    double LevelMin,
    double LevelMax,
    double RelativeMin,
    double[] BandMean,
    double[] BandVariance,
    double Rms,
    double SpectralCentroid,
    double? DurationSeconds,
    bool Pending)
{
    public LevelStatistics Levels => new(LevelMin, LevelMax, RelativeMin);

    /// <summary>A person heard it and vouches for it: it is always taken.</summary>
    public bool Verified => Label == Labels.VerifiedNormal;

    /// <summary>Seconds of audio; at least those that its patches cover.</summary>
    public double SecondsUnder(Extraction extraction) =>
        DurationSeconds ?? (PatchCount - 1) * extraction.HopSeconds + extraction.WinSeconds;
}
