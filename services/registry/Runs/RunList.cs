using System.Globalization;
using System.Text.Json;
using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Registry.Paging;

namespace Platform.Registry.Runs;

/// <summary>Which runs a list holds; what is not given does not restrict it.</summary>
/// <param name="State">One or several, separated by commas.</param>
/// <param name="Name">Beginning of the name.</param>
/// <param name="Device">Runs whose devices include this one.</param>
/// <param name="CreatedFrom">Inclusive.</param>
/// <param name="CreatedTo">Exclusive.</param>
internal sealed record RunFilter(
    string? State, string? ModelId, string? Mode, string? Device, string? Name, Guid? BatchId, DateTimeOffset? CreatedFrom, DateTimeOffset? CreatedTo)
{
    private static readonly string[] Known = [.. RunStates.Active, RunStates.Completed, RunStates.Failed, RunStates.Cancelled, RunStates.NotPossible];

    public string[]? States => State?.Split(',', StringSplitOptions.TrimEntries);

    public IEnumerable<KeyValuePair<string, string>> Check()
    {
        if (States?.Except(Known, StringComparer.Ordinal).ToList() is { Count: > 0 } unknown)
            yield return new("state", $"'{string.Join("', '", unknown)}' is not a state; allowed are {string.Join(", ", Known)}.");
        if (Mode is not null && !ScopeModes.All.Contains(Mode))
            yield return new("mode", $"'{Mode}' is not a mode; allowed are {string.Join(", ", ScopeModes.All)}.");
        if (CreatedFrom >= CreatedTo)
            yield return new("createdTo", string.Create(CultureInfo.InvariantCulture, $"{CreatedTo:O} is not after createdFrom, {CreatedFrom:O}."));
    }

    public DynamicParameters Values() => new(new
    {
        states = States,
        modelId = ModelId,
        mode = Mode,
        devices = Device is null ? null : new[] { Device },
        name = Name,
        batchId = BatchId,
        createdFrom = CreatedFrom?.UtcDateTime,
        createdTo = CreatedTo?.UtcDateTime,
    });
}

/// <summary>One line of the list of runs.</summary>
internal sealed record RunSummary(
    Guid Id,
    string Name,
    Guid? BatchId,
    string Mode,
    string ModelId,
    string State,
    string? Reason,
    string? Phase,
    int? Epoch,
    int? Step,
    int? MaxSteps,
    double? TrainingLoss,
    double? ValidationLoss,
    double? TrainingSeconds,
    int? Version,
    DateTime CreatedAt,
    DateTime? StartedAt,
    DateTime? EndedAt);

/// <summary>Lists runs, page by page.</summary>
internal sealed class RunList(NpgsqlDataSource dataSource, Totals totals)
{
    public static readonly SortColumns Columns = new(
        "-createdAt", new("id", "id", SortKind.Id), new("createdAt", "created_at", SortKind.Time), new("name", "name COLLATE \"C\"", SortKind.Text));

    private const string Filter = """
        (@states::text[] IS NULL OR state = ANY (@states)) AND (@modelId::text IS NULL OR model_id = @modelId)
        AND (@mode::text IS NULL OR mode = @mode) AND (@devices::text[] IS NULL OR devices @> @devices)
        AND (@name::text IS NULL OR name COLLATE "C" ^@ @name) AND (@batchId::uuid IS NULL OR batch_id = @batchId)
        AND (@createdFrom::timestamptz IS NULL OR created_at >= @createdFrom) AND (@createdTo::timestamptz IS NULL OR created_at < @createdTo)
        """;

    public async Task<Page<RunSummary>> Page(RunFilter filter, PageOrder order, int limit, CancellationToken cancellationToken)
    {
        const string sql = $"""
            SELECT id, name, batch_id, mode, model_id, state, reason, phase, epoch, step, max_steps, training_loss, validation_loss,
                   training_seconds, version, created_at, started_at, ended_at
            FROM run
            WHERE {Filter}
            """;

        var values = filter.Values();
        order.AddTo(values, limit);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<RunSummary>(
            new CommandDefinition($"{sql} {order.Sql(Columns)}", values, cancellationToken: cancellationToken));
        var total = await totals.Of($"runs {JsonSerializer.Serialize(filter)}", token => Count(filter, token));
        return order.Page(rows.AsList(), limit, total, run => order.Column.Name == "name" ? run.Name : run.CreatedAt, run => run.Id);
    }

    private async Task<long> Count(RunFilter filter, CancellationToken cancellationToken)
    {
        const string sql = $"SELECT count(*) FROM run WHERE {Filter}";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition(sql, filter.Values(), cancellationToken: cancellationToken));
    }
}
