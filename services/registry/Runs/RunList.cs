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

    public Filters Conditions() => new Filters()
        .And("states", States, "state = ANY (@states)")
        .And("modelId", ModelId, "model_id = @modelId")
        .And("mode", Mode, "mode = @mode")
        .And("devices", Device is null ? null : new[] { Device }, "devices @> @devices")
        .And("name", Name, "name COLLATE \"C\" ^@ @name")
        .And("batchId", BatchId, "batch_id = @batchId")
        .And("createdFrom", CreatedFrom?.UtcDateTime, "created_at >= @createdFrom")
        .And("createdTo", CreatedTo?.UtcDateTime, "created_at < @createdTo");
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

    public async Task<Page<RunSummary>> Page(RunFilter filter, PageOrder order, int limit, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT id, name, batch_id, mode, model_id, state, reason, phase, epoch, step, max_steps, training_loss, validation_loss,
                   training_seconds, version, created_at, started_at, ended_at
            FROM run
            """;

        var conditions = filter.Conditions();
        order.AddTo(conditions.Values, limit);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<RunSummary>(
            new CommandDefinition($"{sql} {conditions.Where} {order.Sql(Columns)}", conditions.Values, cancellationToken: cancellationToken));
        var total = await totals.Of($"runs {JsonSerializer.Serialize(filter)}", token => Count(filter, token));
        return order.Page(rows.AsList(), limit, total, run => order.Column.Name == "name" ? run.Name : run.CreatedAt, run => run.Id);
    }

    private async Task<long> Count(RunFilter filter, CancellationToken cancellationToken)
    {
        const string sql = "SELECT count(*) FROM run";

        var conditions = filter.Conditions();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition($"{sql} {conditions.Where}", conditions.Values, cancellationToken: cancellationToken));
    }
}
