namespace Platform.Dsp;

/// <summary>The quality screen of a dataset: what every device's recordings had to be within, and which were not.</summary>
/// <param name="Devices">Devices with enough recordings for a screen.</param>
/// <param name="ScreenedOut">By device, then time, then id.</param>
public sealed record DatasetScreen(IReadOnlyList<ScreenBounds> Devices, IReadOnlyList<ScreenedRecording> ScreenedOut);

/// <summary>Bounds of one device, inclusive: [Q1 − 2·IQR, Q3 + 2·IQR] of its recordings.</summary>
/// <param name="Recordings">How many recordings the quartiles are of.</param>
/// <param name="RmsMin">Root mean square of the samples, full scale = 1.</param>
/// <param name="SpectralCentroidMin">In Hz.</param>
public sealed record ScreenBounds(
    string Device, int Recordings, double RmsMin, double RmsMax, double SpectralCentroidMin, double SpectralCentroidMax);

/// <summary>A recording that was left out because it sounds unlike the others of its device.</summary>
public sealed record ScreenedRecording(Guid RecordingId, string Device, DateTimeOffset RecordedAt, double Rms, double SpectralCentroid);
