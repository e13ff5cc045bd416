namespace Platform.Models;

/// <summary>Names of a package's files, relative to <c>models/{model id}/v{N}/</c>.</summary>
public static class PackageFiles
{
    public const string Weights = "model.pth";
    public const string GlobalScale = "global_scale.npy";
    public const string Config = "config.json";
    public const string Metadata = "metadata.json";
    public const string Golden = "golden.npz";
    public const string GoldenDetectors = "golden_detectors.json";

    /// <summary>The name that Python predictors know the weights by.</summary>
    public const string PythonWeights = "ae_model.pth";

    internal const string Thresholds = "thresholds/";
    internal const string Scales = "scales/";
    internal const string Detectors = "detectors/";

    public static string Threshold(string device) => $"{Thresholds}threshold_{device}.npy";

    public static string Scale(string device) => $"{Scales}{device}.npy";

    public static string Detector(string detector, string device) => $"{Detectors}{detector}_{device}.npz";
}
