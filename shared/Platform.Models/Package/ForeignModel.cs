using System.Globalization;
using Platform.Dsp;

namespace Platform.Models;

/// <summary>
/// Makes a package of a model that was trained elsewhere: weights, <c>global_scale.npy</c> and thresholds, in whatever folder a Python trainer
/// writes. The architecture follows from the weights, scales of single devices from the global one where they are missing, and golden
/// scores are computed unless they came along.
/// </summary>
public static class ForeignModel
{
    // As a package of our own has.
    private const int GoldenPatches = 4;

    // Between processors float32 sums differ in the last digits; a wrong weight or scale differs in the first ones.
    private const double GoldenTolerance = 1e-4;

    /// <summary>Whether the files are a package of this platform, which then is to be read as one.</summary>
    public static bool IsPackage(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files) =>
        files.TryGetValue(PackageFiles.Config, out var config) && config.Span.IndexOf("\"spec_hash\""u8) >= 0;

    /// <param name="config">For whom; its architecture and detectors are replaced by what the files say.</param>
    /// <exception cref="InvalidDataException">A file is missing, unreadable or contradicts another; the message names it.</exception>
    public static ModelPackage Read(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, ModelConfig config, ModelMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(config);
        var weights = Weights(files);
        var global = Scale(PackageFiles.GlobalScale, Content(files, PackageFiles.GlobalScale));
        var detector = new DetectorConfig(DetectorConfig.Reconstruction, Alarming: true, DetectorFit.AsGiven, DetectorConfig.FromElsewhere);
        var package = new ModelPackage(
            config with { Architecture = ArchitectureOf(weights), Detectors = [detector] },
            metadata,
            weights,
            global,
            config.Devices.ToDictionary(device => device, device => ScaleOf(files, device) ?? global, StringComparer.Ordinal),
            [.. config.Devices.Select(device => ThresholdOf(files, device)).OfType<DetectorFit>()],
            files.ContainsKey(PackageFiles.Golden)
                ? GoldenScores.FromNpz(config.FeatureSpec, Content(files, PackageFiles.Golden))
                : new GoldenScores([], []));
        package.Validate();
        return WithGolden(package);
    }

    /// <summary>Channels of the encoder's layers, as the shapes of its convolutions say; whether all else fits is seen when the weights are loaded.</summary>
    internal static Architecture ArchitectureOf(IReadOnlyList<KeyValuePair<string, StateTensor>> weights)
    {
        var channels = new List<int>();
        long before = 1;
        for (var layer = 0; ; layer += 3)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"encoder.{layer}.weight");
            if (weights.FirstOrDefault(pair => pair.Key == name).Value is not { } weight)
                break;
            if (weight.Shape is not [var outputs, var inputs, 3, 3] || inputs != before || outputs is < 1 or > 4096)
            {
                throw new InvalidDataException(
                    $"{PackageFiles.Weights}: '{name}' has shape [{string.Join(", ", weight.Shape)}]; a convolution [channels, {before}, 3, 3] with at most 4096 channels is needed.");
            }

            channels.Add((int)outputs);
            before = outputs;
        }

        if (channels.Count is < 1 or > 8)
        {
            throw new InvalidDataException(
                $"{PackageFiles.Weights}: it has {channels.Count} convolutions named encoder.0.weight, encoder.3.weight, …; a {Architecture.ConvAutoencoder} has 1 to 8. " +
                $"Its first names are {string.Join(", ", weights.Take(3).Select(pair => pair.Key))}.");
        }

        return new Architecture { Channels = channels };
    }

    private static ModelPackage WithGolden(ModelPackage package)
    {
        using var model = LoadedModel.Load(package);
        if (package.Golden.Errors.Count > 0)
        {
            model.VerifyGolden(GoldenTolerance);
            return package;
        }

        // No recording came along. Any patches tell whether another machine computes the same; these are the same everywhere.
        var spec = package.Config.FeatureSpec;
        var patches = Noise(GoldenPatches * spec.Extraction.NMels * spec.Frames);
        var errors = model.PatchErrors(patches);
        return errors.All(double.IsFinite)
            ? package with { Golden = new GoldenScores(patches, errors) }
            : throw new InvalidDataException($"{PackageFiles.Weights}: the network's reconstruction of random patches is not a number.");
    }

    private static float[] Noise(int count)
    {
        var values = new float[count];
        var state = 0x9E3779B97F4A7C15UL;
        for (var i = 0; i < count; i++)
        {
            // xorshift64*: its upper 24 bits, as many as a float32 holds.
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            values[i] = ((state * 0x2545F4914F6CDD1DUL) >> 40) / (float)(1 << 24);
        }

        return values;
    }

    private static IReadOnlyList<KeyValuePair<string, StateTensor>> Weights(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files)
    {
        try
        {
            return TorchFile.Read(Content(files, PackageFiles.Weights));
        }
        catch (InvalidDataException exception) when (!exception.Message.StartsWith(PackageFiles.Weights, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{PackageFiles.Weights}: {exception.Message}", exception);
        }
    }

    private static Scale? ScaleOf(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, string device)
    {
        var file = PackageFiles.Scale(device);
        return files.ContainsKey(file) ? Scale(file, Content(files, file)) : null;
    }

    private static Scale Scale(string file, byte[] content)
    {
        var scale = PackageArrays.Scale(file, content);
        return scale.Max > scale.Min
            ? scale
            : throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture, $"{file}: both levels are {scale.Min}; a scale without width shows the network nothing."));
    }

    private static DetectorFit? ThresholdOf(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, string device)
    {
        var file = PackageFiles.Threshold(device);
        if (!files.ContainsKey(file))
            return null;
        var array = PackageArrays.Array(file, Content(files, file));
        // np.save of a float is 0-d, of a list with one number 1-d; both are meant as the number.
        var threshold = array.Shape is [1] && array.ToDoubles() is [var one] && double.IsFinite(one) ? one : PackageArrays.Number(file, array);
        return threshold > 0
            ? DetectorFit.Given(DetectorConfig.Reconstruction, device, threshold)
            : throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture, $"{file}: the threshold is {threshold}; reconstruction errors are positive, so it must be too."));
    }

    private static byte[] Content(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, string file) =>
        files.TryGetValue(file, out var content) ? content.ToArray() : throw new InvalidDataException($"{file}: the file is missing.");
}
