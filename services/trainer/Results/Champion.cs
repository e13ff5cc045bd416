using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Models;
using Platform.Trainer.Datasets;
using Platform.Trainer.Training;

namespace Platform.Trainer.Results;

/// <summary>The deployed version that a run starts from and is compared with; absent for a first model.</summary>
internal sealed class Champion
{
    private const int MostNamed = 10;

    private readonly ChampionVersion? _version;
    private readonly ModelPackage? _package;
    private readonly string? _problem;

    private Champion(ChampionVersion? version, ModelPackage? package, string? problem) =>
        (_version, _package, _problem) = (version, package, problem);

    /// <summary>A package that is gone or damaged is not a reason to fail a run: it is noted, and nothing is compared.</summary>
    internal static async Task<Champion> Load(IObjectStore store, ChampionVersion? version, CancellationToken cancellationToken)
    {
        if (version is null)
            return new Champion(null, null, null);
        try
        {
            var folder = await Artifacts.Read(store, version.PackagePrefix, version.PackageManifestSha256, cancellationToken);
            var files = folder.Files.ToDictionary(file => file.Key, file => (ReadOnlyMemory<byte>)file.Value, StringComparer.Ordinal);
            return new Champion(version, ModelPackage.FromFiles(files), null);
        }
        catch (Exception exception) when (exception is ObjectNotFoundException or PermanentException or InvalidDataException)
        {
            return new Champion(version, null, $"version {version.Version} cannot be used: {exception.Message}");
        }
    }

    /// <summary>Weights that an incremental run starts from; null when it starts from its seed.</summary>
    internal IReadOnlyList<KeyValuePair<string, StateTensor>>? StartWeights(TrainingParameters parameters, TrainingPlan plan) =>
        parameters.Mode == TrainingModes.Incremental && WhyNotFrom(plan) is null ? _package!.Weights : null;

    internal IEnumerable<string> Notes(TrainingParameters parameters, TrainingPlan plan)
    {
        if (parameters.Mode == TrainingModes.Incremental && WhyNotFrom(plan) is { } reason)
            yield return $"Started from scratch although the mode is incremental: {reason}";
        else if (_problem is not null)
            yield return $"Not compared with the champion: {_problem}";
    }

    /// <summary>
    /// Mean squared error of the champion in dB² on the held-out patches of the devices that it knows, each device's patches taken from the
    /// dataset's scale to the champion's own; null when it knows none of them or was made under another spec. A device that is new must not
    /// keep the others from being compared.
    /// </summary>
    internal ChampionComparison? Compare(TrainingPlan plan)
    {
        var data = plan.Data;
        if (_package is null || _package.Config.FeatureSpec.Hash != data.Manifest.SpecHash)
            return null;
        var known = plan.Split.Validation.Where(recording => _package.Scales.ContainsKey(recording.Device)).ToList();
        if (known.Count == 0)
            return null;

        using var model = LoadedModel.Load(_package);
        var errors = new List<(string Device, double ErrorDb2)>();
        foreach (var recording in known)
        {
            var own = _package.Scales[recording.Device];
            foreach (var batch in recording.Patches.Chunk(ReconstructionErrors.BatchSize))
            {
                var patches = data.Gather(batch);
                Rescale(patches, data.Devices[recording.Device], own);
                errors.AddRange(model.PatchErrors(patches).Select(error => (recording.Device, error * own.Width * own.Width)));
            }
        }

        var devices = known.Select(recording => recording.Device).ToHashSet(StringComparer.Ordinal);
        string[] strangers = [.. plan.Split.Validation.Select(recording => recording.Device).Distinct().Where(device => !devices.Contains(device))];
        return new ChampionComparison(DeviceBalance.Mean(plan.Balanced, errors), _version!.Version, devices, strangers.Length == 0
            ? []
            : [$"Compared with version {_version.Version} on {devices.Count} of {devices.Count + strangers.Length} devices; it does not know {Named(strangers)}."]);
    }

    private static string Named(string[] devices) =>
        devices.Length <= MostNamed ? string.Join(", ", devices) : $"{string.Join(", ", devices[..MostNamed])} and {devices.Length - MostNamed} more";

    private static void Rescale(Span<float> patches, Scale from, Scale to)
    {
        foreach (ref var value in patches)
            value = (float)((value * from.Width + from.Min - to.Min) / to.Width);
    }

    private string? WhyNotFrom(TrainingPlan plan) => this switch
    {
        { _version: null } => "there is no champion.",
        { _problem: not null } => _problem,
        _ when _package!.Config.FeatureSpec.Hash != plan.Data.Manifest.SpecHash => "the champion was made under another feature spec.",
        _ when _package.Config.Architecture != plan.Architecture => "the champion has another architecture.",
        _ => null,
    };
}

/// <summary>What the champion made of the held-out patches that it can judge.</summary>
/// <param name="Devices">Whose patches; the new version's error is over the same ones.</param>
internal sealed record ChampionComparison(double ErrorDb2, int Version, IReadOnlySet<string> Devices, IReadOnlyList<string> Notes);
