using Platform.Models;

namespace Platform.Predictor.Explanations;

/// <summary>How large the error of each band usually is for a device: what its detector <c>bands</c> was fitted on.</summary>
internal static class UsualErrors
{
    /// <summary>In the units of the errors, the geometric mean over the recordings of the training; null where the package has no such detector.</summary>
    internal static double[]? Of(ModelPackage package, string device) =>
        package.FitOf(DetectorConfig.Bands, device)?.Model is { } model ? [.. model.Gaussian.Centre.Select(Math.Exp)] : null;
}
