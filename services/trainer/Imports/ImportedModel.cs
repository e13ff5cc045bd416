using Platform.Contracts;
using Platform.Dsp;
using Platform.Models;
using Platform.Trainer.Results;
using Platform.Trainer.Training;

namespace Platform.Trainer.Imports;

/// <summary>The package that files from elsewhere become, after the checks that a trained model goes through.</summary>
internal static class ImportedModel
{
    /// <summary>The feature spec of files that have no <c>config.json</c> of ours: its canonical JSON.</summary>
    internal const string Spec = "feature_spec.json";

    private const double GoldenTolerance = 1e-4;

    /// <exception cref="InvalidDataException">They are no model that could be served; the message names the file.</exception>
    internal static (ModelPackage Package, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files) Read(
        ImportModel message, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files)
    {
        var given = files.Where(file => file.Key != Spec).ToDictionary(StringComparer.Ordinal);
        var (package, own) = ForeignModel.IsPackage(given) ? ReadPackage(message, given) : (ReadForeign(message, files), false);
        if (package.Fits.FirstOrDefault(fit => fit.Threshold <= 0) is { } fit)
            throw new InvalidDataException($"{PackageFiles.Threshold(fit.Device)}: the threshold is not positive.");

        using var network = package.Config.Architecture.Create();
        ModuleState.Restore(network, package.Weights);
        network.eval();
        HandOverCheck.Shape(network, package.Config.FeatureSpec.Extraction.NMels, package.Config.FeatureSpec.Frames);
        // A package that comes back as it left keeps its bytes, so that its manifest still names it.
        return (package, own ? given : package.ToFiles());
    }

    private static (ModelPackage Package, bool Unchanged) ReadPackage(ImportModel message, Dictionary<string, ReadOnlyMemory<byte>> files)
    {
        var package = ModelPackage.FromFiles(files);
        using (var model = LoadedModel.Load(package))
            model.VerifyGolden(GoldenTolerance);
        var (config, scope) = (package.Config, message.Scope);
        if (!config.Devices.Order(StringComparer.Ordinal).SequenceEqual(scope.Devices, StringComparer.Ordinal))
            throw new InvalidDataException($"{PackageFiles.Config}: devices are [{string.Join(", ", config.Devices)}], the import is for [{string.Join(", ", scope.Devices)}].");
        return config.ModelId == scope.ModelId
            ? (package, true)
            : (package with { Config = config with { ModelId = scope.ModelId, Mode = scope.Mode, Scope = scope.Scope, Aggregation = scope.Aggregation } }, false);
    }

    private static ModelPackage ReadForeign(ImportModel message, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files)
    {
        var scope = message.Scope;
        var config = new ModelConfig(
            scope.ModelId, scope.Mode, scope.Scope, scope.Aggregation, new Architecture { ModelType = scope.ModelType }, ReadSpec(files), [], scope.Devices);
        // Only what follows from the message and the files: made again after a crash it is the same.
        var metadata = new ModelMetadata(
            message.RunId, message.RunName, DatasetId: "", Seed: 0, Threads: 0, TorchSharp.torch.__version__, InstructionSet.Current, Environment.MachineName,
            message.RequestedAt, message.RequestedAt, TrainingSeconds: 0, Epochs: 0, Steps: 0, BestStep: 0, Patches: 0, Recordings: 0,
            ValidationPatches: 0, ValidationRecordings: 0, TrainingLoss: null, ValidationLoss: null, NewErrorDb2: null, OldErrorDb2: null,
            ComparedWithVersion: null, StartedFrom: null, [$"Trained elsewhere and imported from {message.Source}; how is not known here."],
            TrainingDescription: $"imported {scope.Mode}/{scope.Scope} {scope.ModelType}");
        return ForeignModel.Read(files, config, metadata);
    }

    private static FeatureSpec ReadSpec(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files)
    {
        if (!files.TryGetValue(Spec, out var json))
            throw new InvalidDataException($"{Spec}: the file is missing; a model without config.json does not say which features it was trained on.");
        try
        {
            var spec = FeatureSpec.FromCanonicalJson(System.Text.Encoding.UTF8.GetString(json.Span));
            return spec.Problems().FirstOrDefault() is { } problem ? throw new InvalidDataException(problem) : spec;
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{Spec}: {exception.Message}", exception);
        }
    }
}
