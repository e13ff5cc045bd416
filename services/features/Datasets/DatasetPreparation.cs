using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Features.Datasets;

/// <summary>Finds what a run is to be trained on and freezes it, or says why that is not possible.</summary>
internal sealed class DatasetPreparation(EligibleSets eligible, DatasetWriter writer, DatasetStore datasets, PreparingProgress progress)
{
    // Every eligible recording is taken in every training mode, so nothing is left to chance.
    private const string TakeAll = "all";

    public async Task<RunDataset> Prepare(PrepareTraining run, CancellationToken cancellationToken)
    {
        var specs = await eligible.SpecsOf(run.Scope.Devices, cancellationToken);
        if (SpecProblem(run.Scope.Devices, specs) is { } problem)
            return await NotPossible(run, problem, available: 0, cancellationToken);

        var sets = await eligible.Of(run.Scope.Devices, cancellationToken);
        var required = Math.Max(1, run.Parameters.MinSamples);
        if (sets.Count < required)
        {
            return await NotPossible(run,
                $"{sets.Count} of the recordings of {string.Join(", ", run.Scope.Devices)} can be used, {required} are needed.",
                sets.Count, cancellationToken);
        }

        var selection = new DatasetSelection(
            run.Parameters.Mode, TakeAll, Seed: null, run.Scope.Devices, EligibleSets.ExcludedLabels, EligibleSets.ExcludedVerdicts);
        var plan = DatasetPlan.Create(specs[0].Spec!, selection, sets);
        try
        {
            var sha256 = await writer.Write(plan, progress.Counting(run, cancellationToken), cancellationToken);
            await datasets.Keep(plan, sha256, cancellationToken);
        }
        catch (Exception error) when (error is ObjectNotFoundException or ObjectCorruptException)
        {
            // Waiting heals neither; the run ends now, with the object's name, instead of by the watchdog.
            return await NotPossible(run, $"The dataset cannot be written: {error.Message}", sets.Count, cancellationToken);
        }

        return await datasets.Settle(new RunDataset(run.RunId, plan.Id, ManifestSha256: null, Reason: null, sets.Count), cancellationToken);
    }

    private Task<RunDataset> NotPossible(PrepareTraining run, string reason, int available, CancellationToken cancellationToken) =>
        datasets.Settle(new RunDataset(run.RunId, DatasetId: null, ManifestSha256: null, reason, available), cancellationToken);

    /// <summary>One dataset has one spec: patches of another shape or meaning cannot stand beside each other.</summary>
    private static string? SpecProblem(IReadOnlyList<string> devices, IReadOnlyList<DeviceSpec> specs)
    {
        if (devices.Except(specs.Select(device => device.Device)).ToArray() is { Length: > 0 } unknown)
            return $"Not known: {string.Join(", ", unknown)}.";
        if (specs.Where(device => device.Spec is null).Select(device => $"'{device.Name}' of {device.Device}").ToArray() is { Length: > 0 } without)
            return $"Feature specs that do not exist: {string.Join(", ", without)}.";
        if (specs.Select(device => device.Spec!.Hash).Distinct().Count() > 1)
        {
            var named = specs.Select(device => $"{device.Device} has '{device.Name}'");
            return $"The devices have different feature specs: {string.Join(", ", named)}.";
        }

        return specs.Count == 0 ? "The scope has no devices." : null;
    }
}
