using Platform.Contracts;

namespace Platform.Predictor.Serving;

/// <summary>How closely a model is made for its devices; of all models deployed for a device the closest serves it.</summary>
/// <remarks>
/// A subset is more specific than <c>_all</c> of the same mode, because a person chose those devices. Codes have no
/// underscore, so <c>_specific_</c> and <c>selected_</c> in a scope are unambiguous, even when a long scope was cut.
/// </remarks>
internal static class Specificity
{
    /// <summary>0 is the most specific. Takes a model id: <c>{mode}/{scope}[/{aggregation}]/{model_type}</c>.</summary>
    internal static int Rank(string mode, string modelId)
    {
        var subset = modelId.Contains("_specific_", StringComparison.Ordinal);
        return mode switch
        {
            ScopeModes.Device => 0,
            ScopeModes.MachineType => subset ? 1 : 2,
            ScopeModes.Site => subset ? 3 : 4,
            ScopeModes.Global when modelId.Contains("/selected_devices/", StringComparison.Ordinal) => 5,
            ScopeModes.Global when modelId.Contains("/selected_sites/", StringComparison.Ordinal) => 6,
            ScopeModes.Global => 7,
            _ => throw new InvalidDataException($"Model {modelId} has mode '{mode}'; allowed are {string.Join(", ", ScopeModes.All)}."),
        };
    }
}
