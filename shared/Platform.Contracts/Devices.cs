namespace Platform.Contracts;

/// <summary>
/// A device was created or changed; carries the whole device so that each service keeps the copy it needs.
/// A lower or equal <paramref name="Revision"/> than the one known is ignored, so announcing again is harmless.
/// </summary>
/// <param name="Device">Code, e.g. <c>LT-2</c>.</param>
/// <param name="TimeZone">IANA name; a recording's day is the plant's day.</param>
/// <param name="FeatureSpec">Name of an immutable feature spec owned by the features service.</param>
/// <param name="Revision">Grows by at least one with each change of this device.</param>
public sealed record DeviceChanged(
    string Device,
    string Site,
    string MachineType,
    string TimeZone,
    string FeatureSpec,
    long Revision,
    DateTimeOffset ChangedAt);

/// <summary>Counts of a device's data changed; <paramref name="RetrainNeeded"/> says that its model no longer covers them.</summary>
/// <param name="Recordings">Recordings known, whatever their state.</param>
/// <param name="Extracted">Recordings with a feature set under the device's current extraction.</param>
/// <param name="Pending">Extracted recordings that no deployed model has seen; what its screen or its draw left out counts as seen.</param>
/// <param name="Trained">Extracted recordings that a deployed model was trained on.</param>
/// <param name="Failed">Recordings whose extraction failed for good.</param>
/// <param name="Reason">Why a retrain is needed: <c>new_data | label | spec | drift</c>; null when none is.</param>
/// <param name="Revision">Grows with each announcement of this device; lower ones are ignored.</param>
public sealed record DeviceDataChanged(
    string Device,
    int Recordings,
    int Extracted,
    int Pending,
    int Trained,
    int Failed,
    bool RetrainNeeded,
    string? Reason,
    long Revision,
    DateTimeOffset ChangedAt);
