using Platform.Dsp;

namespace Platform.Models;

/// <summary>
/// A trained model as it travels: the files of <c>models/{model id}/v{N}/</c> without their manifest, which the object
/// store's artifacts add.
/// </summary>
/// <param name="Weights">A plain state dict of <see cref="ModelConfig.Architecture"/>.</param>
/// <param name="GlobalScale">Covers all devices' scales; what a reader that knows no devices uses.</param>
/// <param name="Scales">Per device; what scoring uses.</param>
/// <param name="Fits">Per detector and device; a device without one has no threshold and cannot be scored against it.</param>
public sealed record ModelPackage(
    ModelConfig Config,
    ModelMetadata Metadata,
    IReadOnlyList<KeyValuePair<string, StateTensor>> Weights,
    Scale GlobalScale,
    IReadOnlyDictionary<string, Scale> Scales,
    IReadOnlyList<DetectorFit> Fits,
    GoldenScores Golden)
{
    /// <summary>Null when there was too little data to fit one.</summary>
    public DetectorFit? FitOf(string detector, string device) =>
        Fits.FirstOrDefault(fit => fit.Detector == detector && fit.Device == device);

    /// <summary>
    /// Whether exceeding the detector's threshold makes a recording of the device anomalous. Where the device had too few recordings for an alarming
    /// detector that hears all of a recording, and not only moments or what lasts, the reconstruction takes its place.
    /// </summary>
    public bool IsAlarming(DetectorConfig detector, string device)
    {
        ArgumentNullException.ThrowIfNull(detector);
        return detector.Alarming
            || (detector.Name == DetectorConfig.Reconstruction && !Config.Detectors.Any(other =>
                    other.Alarming && other.Name is not (DetectorConfig.Transient or DetectorConfig.Sustained) && FitOf(other.Name, device) is not null));
    }

    /// <summary>Whether there is a threshold to judge recordings of the device by.</summary>
    public bool CanJudge(string device) => Config.Detectors.Any(detector => IsAlarming(detector, device) && FitOf(detector.Name, device) is not null);

    /// <summary>Equal packages give equal bytes.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> ToFiles()
    {
        Validate();
        var files = new SortedDictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal)
        {
            [PackageFiles.Weights] = TorchFile.Write(Weights),
            [PackageFiles.GlobalScale] = NpyFile.Write(NpyArray.Of([GlobalScale.Min, GlobalScale.Max], 2)),
            [PackageFiles.Config] = PackageJson.Write(Config),
            [PackageFiles.Metadata] = PackageJson.Write(Metadata),
            [PackageFiles.Golden] = Golden.ToNpz(Config.FeatureSpec),
        };
        if (Golden.Detectors.Count > 0)
            files[PackageFiles.GoldenDetectors] = PackageJson.Write(Golden.Detectors);
        foreach (var (device, scale) in Scales)
            files[PackageFiles.Scale(device)] = NpyFile.Write(NpyArray.Of([scale.Min, scale.Max], 2));
        foreach (var fit in Fits)
        {
            files[PackageFiles.Detector(fit.Detector, fit.Device)] = fit.ToNpz();
            if (fit.Detector == DetectorConfig.Reconstruction)
                files[PackageFiles.Threshold(fit.Device)] = NpyFile.Write(NpyArray.Scalar(fit.Threshold));
        }

        return files;
    }

    /// <exception cref="InvalidDataException">A file is missing, unreadable or contradicts another; the message names it.</exception>
    public static ModelPackage FromFiles(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return new PackageReader(files).Read();
    }

    internal void Validate()
    {
        Config.Validate();
        if (!Scales.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(Config.Devices))
        {
            throw new InvalidDataException(
                $"{PackageFiles.Scales}: there are scales of [{string.Join(", ", Scales.Keys)}], needed are those of [{string.Join(", ", Config.Devices)}].");
        }

        foreach (var fit in Fits)
        {
            var file = PackageFiles.Detector(fit.Detector, fit.Device);
            if (!Config.Devices.Contains(fit.Device) || Config.Detectors.All(detector => detector.Name != fit.Detector))
                throw new InvalidDataException($"{file}: {PackageFiles.Config} does not name this detector and device.");
            if (fit.Model is null != (fit.Detector == DetectorConfig.Reconstruction))
                throw new InvalidDataException($"{file}: every detector but '{DetectorConfig.Reconstruction}' needs what it has learnt about the device.");
            if (!double.IsFinite(fit.Threshold))
                throw new InvalidDataException($"{file}: the threshold is {fit.Threshold}, a finite number is needed.");
        }
    }
}
