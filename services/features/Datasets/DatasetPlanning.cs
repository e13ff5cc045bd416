using Platform.Contracts;
using Platform.Dsp;

namespace Platform.Features.Datasets;

/// <summary>Decides what a run is to be trained on and freezes that, or says why it is not possible. Reads rows only.</summary>
internal sealed class DatasetPlanning(
    EligibleSets eligible, DatasetSlices slices, DatasetStore datasets, RunDatasetStore runs, DatasetOptions options)
{
    private const int MostNamed = 20;

    public async Task<RunDataset> Plan(PrepareTraining run, CancellationToken cancellationToken)
    {
        var devices = await eligible.SpecsOf(run.Scope.Devices, cancellationToken);
        if (SpecProblem(run.Scope.Devices, devices) is { } problem)
            return await NotPossible(run, problem, available: 0, cancellationToken);

        ChosenDays days;
        try
        {
            days = ChosenDays.Of(run, devices);
        }
        catch (UnreadableDayException error)
        {
            return await NotPossible(run, error.Message, available: 0, cancellationToken);
        }

        var spec = devices[0].Spec!;
        var sets = await eligible.For(run.Scope, spec.Hash, cancellationToken);
        var choice = DatasetChoice.Of(run, days, spec.Extraction, sets);
        if (choice.Chosen.Count < Math.Max(1, run.Parameters.MinSamples))
            return await NotPossible(run, await Shortage(run, choice, cancellationToken), choice.Chosen.Count, cancellationToken);

        // Before the run's row, so that whoever finds the row finds the plan.
        var plan = DatasetPlan.Create(spec, choice, (long)options.ShardMebibytes << 20);
        await slices.Plan(plan, cancellationToken);
        await datasets.Plan(plan, choice, cancellationToken);
        var seenBefore = run.Parameters.Mode == TrainingModes.Incremental && run.Champion is not null
            ? await eligible.DatasetsBehind(run.Scope.ModelId, spec.Hash, cancellationToken)
            : [];
        return await runs.Settle(
            new RunDataset(run.RunId, plan.Id, ManifestSha256: null, Reason: null, choice.Chosen.Count, Answered: false), seenBefore, cancellationToken);
    }

    private Task<RunDataset> NotPossible(PrepareTraining run, string reason, int available, CancellationToken cancellationToken) =>
        runs.Settle(new RunDataset(run.RunId, DatasetId: null, ManifestSha256: null, reason, available, Answered: true), baseDatasets: [], cancellationToken);

    /// <summary>Says what became of all the recordings that people may have counted on.</summary>
    private async Task<string> Shortage(PrepareTraining run, DatasetChoice choice, CancellationToken cancellationToken)
    {
        var others = await eligible.NotOf(run.Scope.Devices, cancellationToken);
        (int Count, string What)[] left =
        [
            (others.Anomalous, "excluded as anomalous"),
            (others.Failed, "failed extraction"),
            (others.NotExtracted, "not yet extracted"),
            (choice.OutsideDates, "outside the dates"),
            (choice.ScreenedOut, "screened out"),
            (choice.NotDrawn.Count, "not drawn"),
        ];
        var all = choice.Chosen.Count + left.Sum(one => one.Count);
        var why = string.Join(", ", left.Where(one => one.Count > 0).Select(one => $"{one.Count} {one.What}"));
        return $"{choice.Chosen.Count} of the {all} recordings of {Named(run.Scope.Devices)} can be used, " +
            $"{Math.Max(1, run.Parameters.MinSamples)} are needed{(why.Length > 0 ? $": {why}" : "")}.";
    }

    /// <summary>One dataset has one spec: patches of another shape or meaning cannot stand beside each other.</summary>
    private static string? SpecProblem(IReadOnlyList<string> devices, IReadOnlyList<DeviceSpec> specs)
    {
        if (devices.Except(specs.Select(device => device.Device)).ToArray() is { Length: > 0 } unknown)
            return $"Not known: {Named(unknown)}.";
        if (specs.Where(device => device.Spec is null).ToArray() is { Length: > 0 } without)
            return $"Feature specs that do not exist: {ByName(without)}.";
        if (specs.Select(device => device.Spec!.Hash).Distinct().Count() > 1)
            return $"The devices have different feature specs, but a model has one: {ByName(specs)}. Give them one, or train them apart.";
        return specs.Count == 0 ? "The scope has no devices." : null;

        static string ByName(IEnumerable<DeviceSpec> devices) => string.Join(
            "; ", devices.GroupBy(device => device.Name, device => device.Device, StringComparer.Ordinal).Select(spec => $"'{spec.Key}' of {Named([.. spec])}"));
    }

    /// <summary>A plant may have thousands, and a reason is read by people.</summary>
    private static string Named(IReadOnlyCollection<string> devices) => devices.Count <= MostNamed
        ? string.Join(", ", devices)
        : $"{string.Join(", ", devices.Take(MostNamed))} and {devices.Count - MostNamed} more";
}
