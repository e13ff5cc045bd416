using Platform.Models;

namespace Platform.Trainer.Detectors;

/// <summary>What a detector has learnt about a device and how it scores that device's recordings.</summary>
/// <param name="Model">Null for the reconstruction, whose model is the network.</param>
/// <param name="Unseen">Scores of recordings by a detector that was not fitted on them; for some detectors that is one of a fold.</param>
/// <param name="Seen">Scores of recordings that it was fitted on.</param>
internal sealed record FittedDetector(
    string Detector, string Device, DetectorModel? Model, IReadOnlyList<double> Unseen, IReadOnlyList<double> Seen)
{
    /// <summary>See <see cref="DetectorFit.Drift"/>.</summary>
    internal double? Drift { get; init; }
}
