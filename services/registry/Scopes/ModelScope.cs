using System.Security.Cryptography;
using System.Text;
using Platform.Contracts;

namespace Platform.Registry.Scopes;

/// <summary>
/// Names what a model is for. Codes must be valid (<see cref="Code"/>); lists are sorted and de-duplicated here, so that the
/// order in which somebody typed them never makes a second model.
/// </summary>
internal sealed record ModelScope(string Mode, string Scope, string? Aggregation, string ModelType)
{
    // Object stores allow 1024 bytes per key; 120 leaves room for run names and folders built from the scope.
    private const int LongestScope = 120;
    private const int KeptWhenShortened = 100;

    /// <summary>What a scope without a subset ends in; a code like any other, so a subset can end in it, too.</summary>
    private const string All = "all";

    /// <summary>The chosen sites or devices in full, which the scope may only begin with and hash; null for everything.</summary>
    public string? Subset { get; private init; }

    public string ModelId => Aggregation is null ? $"{Mode}/{Scope}/{ModelType}" : $"{Mode}/{Scope}/{Aggregation}/{ModelType}";

    public static ModelScope ForDevice(string device, string modelType) =>
        new(ScopeModes.Device, $"{device}_{All}", null, modelType);

    /// <param name="sites">Only these sites; null for every site, which alone is recorded as <c>_all</c>.</param>
    public static ModelScope ForMachineType(string machineType, IEnumerable<string>? sites, string aggregation, string modelType) =>
        WholeOrSubset(ScopeModes.MachineType, machineType, sites, aggregation, modelType);

    /// <param name="devices">Only these devices; null for all of the site, which alone is recorded as <c>_all</c>.</param>
    public static ModelScope ForSite(string site, IEnumerable<string>? devices, string aggregation, string modelType) =>
        WholeOrSubset(ScopeModes.Site, site, devices, aggregation, modelType);

    public static ModelScope ForEverything(string aggregation, string modelType) =>
        new(ScopeModes.Global, All, aggregation, modelType);

    public static ModelScope ForSelectedSites(IEnumerable<string> sites, string aggregation, string modelType) =>
        OfSubset(ScopeModes.Global, "selected_sites/", sites, aggregation, modelType);

    public static ModelScope ForSelectedDevices(IEnumerable<string> devices, string aggregation, string modelType) =>
        OfSubset(ScopeModes.Global, "selected_devices/", devices, aggregation, modelType);

    public TrainingScope WithDevices(IEnumerable<string> devices) =>
        new(Mode, Scope, Aggregation, ModelType, ModelId, Sorted(devices));

    public static IReadOnlyList<string> Sorted(IEnumerable<string> codes) =>
        [.. codes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static ModelScope WholeOrSubset(string mode, string whole, IEnumerable<string>? subset, string aggregation, string modelType) =>
        subset is null
            ? new(mode, $"{whole}_{All}", aggregation, modelType)
            : OfSubset(mode, $"{whole}_specific_", subset, aggregation, modelType);

    private static ModelScope OfSubset(string mode, string beginning, IEnumerable<string> codes, string aggregation, string modelType)
    {
        var sorted = Sorted(codes);
        var text = beginning + string.Join('_', sorted);

        // S001_specific_LT-2_all would read as everything, because of a device named "all".
        var exact = text.Length <= LongestScope && sorted[^1] != All;
        return new(mode, exact ? text : Shortened(text), aggregation, modelType) { Subset = text };
    }

    // The beginnings have at most 74 characters, so no cut hides what kind of subset it is.
    private static string Shortened(string scope) =>
        $"{scope[..Math.Min(scope.Length, KeptWhenShortened)]}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(scope)))[..8]}";
}
