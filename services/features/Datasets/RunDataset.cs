namespace Platform.Features.Datasets;

/// <summary>What a run gets: a dataset, which may still be being written, or why there is none.</summary>
/// <param name="ManifestSha256">Null until the dataset stands in the store.</param>
/// <param name="Reason">For people; null when there is a dataset.</param>
/// <param name="Available">Recordings that could be used.</param>
/// <param name="Answered">Nothing is left to do for this run but to say so.</param>
internal sealed record RunDataset(Guid RunId, string? DatasetId, string? ManifestSha256, string? Reason, int Available, bool Answered);
