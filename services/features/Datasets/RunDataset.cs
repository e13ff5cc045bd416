namespace Platform.Features.Datasets;

/// <summary>What a run was answered with: a dataset, or why there is none.</summary>
/// <param name="Reason">For people; null when there is a dataset.</param>
/// <param name="Available">Recordings that could be used.</param>
internal sealed record RunDataset(Guid RunId, string? DatasetId, string? ManifestSha256, string? Reason, int Available);
