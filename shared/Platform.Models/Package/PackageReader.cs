using System.Globalization;
using System.Runtime.InteropServices;
using Platform.Dsp;

namespace Platform.Models;

/// <summary>Turns files into a package and checks each against what <c>config.json</c> promises.</summary>
internal sealed class PackageReader(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files)
{
    internal ModelPackage Read()
    {
        var config = PackageJson.ReadConfig(Content(PackageFiles.Config));
        config.Validate();
        RefuseStrangers(config);
        var package = new ModelPackage(
            config,
            PackageJson.ReadMetadata(Content(PackageFiles.Metadata)),
            Weights(),
            PackageArrays.Scale(PackageFiles.GlobalScale, Content(PackageFiles.GlobalScale)),
            config.Devices.ToDictionary(device => device, device => PackageArrays.Scale(PackageFiles.Scale(device), Content(PackageFiles.Scale(device)))),
            [.. config.Detectors.SelectMany(detector => config.Devices.Select(device => Fit(detector.Name, device, config.FeatureSpec.Extraction.NMels))).OfType<DetectorFit>()],
            Golden(config.FeatureSpec));
        package.Validate();
        return package;
    }

    private GoldenScores Golden(FeatureSpec spec)
    {
        var golden = GoldenScores.FromNpz(spec, Content(PackageFiles.Golden));
        return files.ContainsKey(PackageFiles.GoldenDetectors)
            ? golden with { Detectors = PackageJson.ReadGoldenDetectors(Content(PackageFiles.GoldenDetectors)) }
            : golden;
    }

    private IReadOnlyList<KeyValuePair<string, StateTensor>> Weights()
    {
        try
        {
            return TorchFile.Read(Content(PackageFiles.Weights));
        }
        catch (InvalidDataException exception) when (!exception.Message.StartsWith(PackageFiles.Weights, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{PackageFiles.Weights}: {exception.Message}", exception);
        }
    }

    // The threshold stands twice: as the single number that Python tools read, and with the distribution behind it.
    private DetectorFit? Fit(string detector, string device, int bands)
    {
        var file = PackageFiles.Detector(detector, device);
        var fit = files.ContainsKey(file) ? DetectorFit.FromNpz(detector, device, Content(file), bands) : null;
        if (detector != DetectorConfig.Reconstruction)
            return fit;

        var thresholdFile = PackageFiles.Threshold(device);
        if (fit is null != !files.ContainsKey(thresholdFile))
            throw new InvalidDataException($"{(fit is null ? file : thresholdFile)}: missing although {(fit is null ? thresholdFile : file)} is there.");
        if (fit is null)
            return null;
        var threshold = PackageArrays.Number(thresholdFile, PackageArrays.Array(thresholdFile, Content(thresholdFile)));
        return threshold == fit.Threshold
            ? fit
            : throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture, $"{thresholdFile}: the threshold is {threshold}, {file} says {fit.Threshold}."));
    }

    // A file of a device that config.json does not name is a sign of a wrong device code, not of a newer format.
    private void RefuseStrangers(ModelConfig config)
    {
        HashSet<string> known = [.. config.Devices.SelectMany(device =>
            config.Detectors.Select(detector => PackageFiles.Detector(detector.Name, device))
                .Append(PackageFiles.Scale(device))
                .Append(PackageFiles.Threshold(device)))];
        string[] folders = [PackageFiles.Thresholds, PackageFiles.Scales, PackageFiles.Detectors];
        var stranger = files.Keys.Order(StringComparer.Ordinal).FirstOrDefault(file =>
            folders.Any(folder => file.StartsWith(folder, StringComparison.Ordinal)) && !known.Contains(file));
        if (stranger is not null)
            throw new InvalidDataException($"{stranger}: {PackageFiles.Config} names no such device or detector; devices are [{string.Join(", ", config.Devices)}].");
    }

    // Files are arrays of their own in practice: a predictor that loads ten packages a second need not copy each of them.
    private byte[] Content(string file)
    {
        if (!files.TryGetValue(file, out var content))
            throw new InvalidDataException($"{file}: the file is missing.");
        return MemoryMarshal.TryGetArray(content, out var whole) && whole.Array is { } array && array.Length == content.Length ? array : content.ToArray();
    }
}
