using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Dsp;

namespace Platform.Models;

/// <summary><c>config.json</c> and <c>metadata.json</c>: snake_case, since Python tools read them.</summary>
internal static class PackageJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    // Reads as config.json is laid out: the format first, the network and the spec as objects, the spec's hash beside it.
    private sealed record ConfigFile(
        int Format,
        string ModelId,
        string ModelType,
        string Mode,
        string Scope,
        string? Aggregation,
        IReadOnlyList<string> Devices,
        ArchitectureFile Architecture,
        string SpecHash,
        JsonObject FeatureSpec,
        IReadOnlyList<DetectorConfig> Detectors);

    private sealed record GoldenDetectorsFile(int Format, IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Scores);

    private sealed record ArchitectureFile(IReadOnlyList<int> Channels);

    internal static byte[] Write(ModelConfig config) => JsonSerializer.SerializeToUtf8Bytes(
        new ConfigFile(
            ModelConfig.Format,
            config.ModelId,
            config.Architecture.ModelType,
            config.Mode,
            config.Scope,
            config.Aggregation,
            config.Devices,
            new ArchitectureFile(config.Architecture.Channels),
            config.FeatureSpec.Hash,
            JsonNode.Parse(config.FeatureSpec.ToCanonicalJson())!.AsObject(),
            config.Detectors),
        Options);

    internal static byte[] Write(ModelMetadata metadata) => JsonSerializer.SerializeToUtf8Bytes(metadata, Options);

    /// <param name="scores">By device, then detector; sorted, since equal packages have equal bytes.</param>
    internal static byte[] Write(IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> scores) => JsonSerializer.SerializeToUtf8Bytes(
        new GoldenDetectorsFile(ModelConfig.Format, Sorted(scores.ToDictionary(device => device.Key, IReadOnlyDictionary<string, double> (device) => Sorted(device.Value)))), Options);

    internal static IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> ReadGoldenDetectors(byte[] json)
    {
        var file = Read<GoldenDetectorsFile>(PackageFiles.GoldenDetectors, json);
        return file.Format == ModelConfig.Format
            ? file.Scores
            : throw new InvalidDataException($"{PackageFiles.GoldenDetectors}: the format is {file.Format}, this version reads {ModelConfig.Format}.");
    }

    internal static ModelMetadata ReadMetadata(byte[] json) => Read<ModelMetadata>(PackageFiles.Metadata, json);

    internal static ModelConfig ReadConfig(byte[] json)
    {
        var file = Read<ConfigFile>(PackageFiles.Config, json);
        if (file.Format != ModelConfig.Format)
            throw new InvalidDataException($"{PackageFiles.Config}: the format is {file.Format}, this version reads {ModelConfig.Format}.");
        var spec = ReadSpec(file.FeatureSpec);
        if (spec.Hash != file.SpecHash)
            throw new InvalidDataException($"{PackageFiles.Config}: spec_hash is {file.SpecHash}, the feature spec's own is {spec.Hash}.");
        return new ModelConfig(
            file.ModelId,
            file.Mode,
            file.Scope,
            file.Aggregation,
            new Architecture { ModelType = file.ModelType, Channels = file.Architecture.Channels },
            spec,
            file.Detectors,
            file.Devices);
    }

    private static FeatureSpec ReadSpec(JsonObject spec)
    {
        try
        {
            return FeatureSpec.FromCanonicalJson(spec.ToJsonString());
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{PackageFiles.Config}: {exception.Message}", exception);
        }
    }

    private static T Read<T>(string file, byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options) ?? throw new InvalidDataException($"{file}: the file holds null.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{file}: {exception.Message}", exception);
        }
    }

    private static SortedDictionary<string, T> Sorted<T>(IReadOnlyDictionary<string, T> values) => new(values.ToDictionary(), StringComparer.Ordinal);
}
