using Npgsql;
using Platform.Contracts;
using Platform.Registry.Devices;
using Platform.Registry.Policies;
using Platform.Registry.Runs;
using Platform.Registry.Scopes;

namespace Platform.Registry.Schedules;

/// <summary>
/// Starts the runs of one firing as one batch: all of them and the end of the firing are one transaction, so that there is no firing with half of
/// its runs, however often it is carried out.
/// </summary>
internal sealed class ScheduledTraining(
    NpgsqlDataSource dataSource, DeviceStore devices, TrainingDataStore data, PolicyStore policies, QueueRuns queue, FiringStore firings)
{
    private const string Active = "a run of it is under way";

    public async Task Start(Firing firing, CancellationToken cancellationToken)
    {
        var skipped = new SkippedModels();
        var (wanted, problem) = await Wanted(firing, skipped, cancellationToken);
        if (problem is not null)
        {
            await firings.Fail(firing.BatchId, problem, forGood: true, cancellationToken);
            return;
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var queued = await queue.Queue(connection, transaction, wanted, cancellationToken);
        var started = queued.Select(run => run.Scope.ModelId).ToHashSet(StringComparer.Ordinal);
        foreach (var run in wanted.Where(run => !started.Contains(run.Scope.ModelId)))
            skipped.Add(Active, run.Scope.ModelId);
        if (await firings.Complete(connection, transaction, firing.BatchId, queued.Count, skipped.ToArray(), null, cancellationToken))
            await transaction.CommitAsync(cancellationToken);
    }

    private async Task<(IReadOnlyList<PlannedRun> Runs, string? Problem)> Wanted(
        Firing firing, SkippedModels skipped, CancellationToken cancellationToken)
    {
        var known = await devices.Known(cancellationToken);
        var byCode = known.ToDictionary(device => device.Device);
        var (selections, problem) = Selections(firing.Definition, known);
        if (problem is not null)
            return ([], problem);

        var book = new PolicyBook(await policies.All(cancellationToken));
        var counts = await data.Counts(cancellationToken);
        var deployed = await data.Deployed(cancellationToken);
        var everything = firing.Definition.Selection is null;
        var planned = new List<PlannedRun>(selections.Count);
        foreach (var (selection, scope, subset) in selections)
        {
            var run = Plan(firing, selection, scope, book, byCode, mode: null);
            // Who names devices wants them trained; where everything is meant, each device's policy decides.
            if (everything && !run.Resolved.AutoTrain)
            {
                skipped.Add("autoTrain is off", scope.ModelId);
                continue;
            }

            var hasModel = deployed.Models.Contains(scope.ModelId);
            if (everything && !hasModel && deployed.CoveredBySeveral.Contains(scope.Devices[0]))
            {
                skipped.Add(TrainingNeed.Covered, scope.ModelId);
                continue;
            }

            var need = TrainingNeed.Of(firing.Definition.Kind, hasModel, DataOf(scope, counts), run.Resolved.Parameters.MinSamples);
            if (need.Mode is null)
            {
                skipped.Add(need.Skip!, scope.ModelId);
                continue;
            }

            run = Plan(firing, selection, scope, book, byCode, need.Mode) with { Subset = subset };
            if (run.Check() is { Count: > 0 } errors)
                skipped.Add(string.Join(' ', errors.Select(error => $"{error.Key}: {error.Value}")), scope.ModelId);
            else
                planned.Add(run);
        }

        return (planned, null);
    }

    private static PlannedRun Plan(
        Firing firing, ScopeSelection selection, TrainingScope scope, PolicyBook book, Dictionary<string, KnownDevice> known, string? mode)
    {
        var source = new ParameterSource(RunOrigins.Schedule, firing.Schedule, firing.Revision);
        var says = firing.Definition.Parameters ?? PartialParameters.None;
        if (mode is not null)
            says = says.With("mode", mode);
        return RunPlan.For(selection, scope, [new(source, says)], book, known, origin: RunOrigins.Schedule, batchId: firing.BatchId);
    }

    /// <summary>The models of a firing: what was selected is resolved each time anew, so that devices that came since are in.</summary>
    private static (IReadOnlyList<(ScopeSelection Selection, TrainingScope Scope, string? Subset)> Models, string? Problem) Selections(
        ScheduleDefinition definition, IReadOnlyList<KnownDevice> known)
    {
        IEnumerable<string> each;
        if (definition.Selection is { } selection)
        {
            var resolution = ScopeResolver.Resolve(selection, known);
            if (resolution.Scope is not { } scope)
                return ([], string.Join(' ', resolution.Errors.Select(error => $"{error.Key}: {error.Value}")));
            if (!definition.PerDevice)
                return ([(selection, scope, resolution.Subset)], null);
            each = scope.Devices;
        }
        else
        {
            each = known.Select(device => device.Device);
        }

        var modelType = definition.Selection?.ModelType;
        return ([.. each.Select(device => OfDevice(device, modelType))], null);
    }

    private static (ScopeSelection Selection, TrainingScope Scope, string? Subset) OfDevice(string device, string? modelType)
    {
        var selection = new ScopeSelection(ScopeModes.Device, Device: device, ModelType: modelType);
        return (selection, ModelScope.ForDevice(device, modelType ?? ModelTypes.Default).WithDevices([device]), null);
    }

    private static DataOfModel DataOf(TrainingScope scope, IReadOnlyDictionary<string, DataOfModel> counts)
    {
        if (scope.Devices.Count == 1)
            return counts.GetValueOrDefault(scope.Devices[0], DataOfModel.None);
        var all = scope.Devices.Select(device => counts.GetValueOrDefault(device, DataOfModel.None)).ToList();
        return new(all.Sum(one => one.Usable), all.Sum(one => one.Pending), all.SelectMany(one => one.Reasons).ToHashSet());
    }
}

/// <summary>What is deployed, as far as schedules have to know it.</summary>
/// <param name="Models">Ids of the models of which a version is deployed.</param>
/// <param name="CoveredBySeveral">Devices that a deployed model of several devices scores.</param>
internal sealed record DeployedModels(IReadOnlySet<string> Models, IReadOnlySet<string> CoveredBySeveral);

internal static class ModelTypes
{
    public const string Default = "conv-ae";
}
