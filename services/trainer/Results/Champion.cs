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
    /// Mean squared error of the champion on these patches in dB², each device's patches taken from the dataset's scale to the
    /// champion's own; null when it does not know a device or was made under another spec.
    /// </summary>
    internal (double ErrorDb2, int Version)? ErrorDb2(TrainingData data, IReadOnlyList<RecordingPatches> recordings)
    {
        if (_package is null || recordings.Count == 0 || _package.Config.FeatureSpec.Hash != data.Manifest.SpecHash
            || recordings.Any(recording => !_package.Scales.ContainsKey(recording.Device)))
        {
            return null;
        }

        using var model = LoadedModel.Load(_package);
        var (sum, count) = (0.0, 0);
        foreach (var recording in recordings)
        {
            var own = _package.Scales[recording.Device];
            foreach (var batch in recording.Patches.Chunk(ReconstructionErrors.BatchSize))
            {
                var patches = data.Gather(batch);
                Rescale(patches, data.Devices[recording.Device], own);
                sum += model.PatchErrors(patches).Sum(error => error * own.Width * own.Width);
                count += batch.Length;
            }
        }

        return (sum / count, _version!.Version);
    }

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
