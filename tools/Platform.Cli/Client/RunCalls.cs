using System.Text.Json;

namespace Platform.Cli.Client;

/// <summary>What the registry tells about runs.</summary>
internal static class RunCalls
{
    /// <param name="query">Filters, order and page, without the question mark.</param>
    public static Task<Page<RunLine>> GetRuns(this PlatformClient client, string query, CancellationToken cancellationToken) =>
        client.Registry<Page<RunLine>>(HttpMethod.Get, $"/runs?{query}", null, cancellationToken);

    public static async Task<RunDetail> GetRunDetail(this PlatformClient client, string idOrName, CancellationToken cancellationToken) =>
        await client.FindInRegistry<RunDetail>($"/runs/{Uri.EscapeDataString(idOrName)}", cancellationToken)
        ?? throw new PlatformException($"there is no run with id or name '{idOrName}'; ./platform runs lists them.");

    public static Task<List<RunFile>> GetRunFiles(this PlatformClient client, Guid run, CancellationToken cancellationToken) =>
        client.Registry<List<RunFile>>(HttpMethod.Get, $"/runs/{run}/files", null, cancellationToken);
}

/// <param name="Next">Null on the last page.</param>
internal sealed record Page<T>(List<T> Items, long Total, string? Next);

internal sealed record RunLine(
    Guid Id, string Name, string ModelId, string State, string? Reason, int? Epoch, int? Step, int? MaxSteps, double? TrainingLoss,
    double? ValidationLoss, double? TrainingSeconds, int? Version, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt);

/// <param name="Parameters">As the run resolved them.</param>
/// <param name="Metrics">By epoch.</param>
/// <param name="Origin"><c>request | cold_start | schedule</c></param>
/// <param name="ParameterSources">Field → who said it; what nobody said has the built-in value.</param>
internal sealed record RunDetail(
    Guid Id, string Name, Guid? BatchId, string ModelId, string State, string? Reason, string? Phase, string? Host, int? ChampionVersion, int? Slice, int? Step, int? MaxSteps,
    int? Epochs, int? Steps, int? Patches, int? Recordings, double? TrainingLoss, double? ValidationLoss, double? TrainingSeconds, int? Version,
    DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt,
    IReadOnlyList<string> Devices, SortedDictionary<string, JsonElement> Parameters, IReadOnlyList<RunEpoch> Metrics,
    string? Origin = null, Dictionary<string, ValueSource>? ParameterSources = null);

internal sealed record RunEpoch(int Epoch, int Step, double? TrainingLoss, double? ValidationLoss, double PatchesPerSecond);

/// <param name="Path">Relative to the run's folder.</param>
internal sealed record RunFile(string Path, long Size, DateTimeOffset ModifiedAt);
