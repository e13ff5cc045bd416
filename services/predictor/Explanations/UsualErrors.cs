using Platform.Models;

namespace Platform.Predictor.Explanations;

/// <summary>How large the error of each band usually is for a device, as far as the package says.</summary>
internal static class UsualErrors
{
    /// <summary>In the units of the errors; null where the package does not say.</summary>
    internal static double[]? Of(ModelPackage package, string device) => null;
}
