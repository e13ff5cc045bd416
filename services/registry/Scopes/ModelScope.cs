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

    public string ModelId => Aggregation is null ? $"{Mode}/{Scope}/{ModelType}" : $"{Mode}/{Scope}/{Aggregation}/{ModelType}";

    public static ModelScope ForDevice(string device, string modelType) =>
        new(ScopeModes.Device, Shortened($"{device}_all"), null, modelType);

    /// <param name="sites">Only these sites; null for every site, which alone is recorded as <c>_all</c>.</param>
    public static ModelScope ForMachineType(string machineType, IEnumerable<string>? sites, string aggregation, string modelType) =>
        new(ScopeModes.MachineType, WholeOrSubset(machineType, sites), aggregation, modelType);

    /// <param name="devices">Only these devices; null for all of the site, which alone is recorded as <c>_all</c>.</param>
    public static ModelScope ForSite(string site, IEnumerable<string>? devices, string aggregation, string modelType) =>
        new(ScopeModes.Site, WholeOrSubset(site, devices), aggregation, modelType);

    public static ModelScope ForEverything(string aggregation, string modelType) =>
        new(ScopeModes.Global, "all", aggregation, modelType);

    public static ModelScope ForSelectedSites(IEnumerable<string> sites, string aggregation, string modelType) =>
        new(ScopeModes.Global, Shortened($"selected_sites/{Joined(sites)}"), aggregation, modelType);

    public static ModelScope ForSelectedDevices(IEnumerable<string> devices, string aggregation, string modelType) =>
        new(ScopeModes.Global, Shortened($"selected_devices/{Joined(devices)}"), aggregation, modelType);

    public TrainingScope WithDevices(IEnumerable<string> devices) =>
        new(Mode, Scope, Aggregation, ModelType, ModelId, Sorted(devices));

    public static IReadOnlyList<string> Sorted(IEnumerable<string> codes) =>
        [.. codes.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static string WholeOrSubset(string whole, IEnumerable<string>? subset) =>
        Shortened(subset is null ? $"{whole}_all" : $"{whole}_specific_{Joined(subset)}");

    private static string Joined(IEnumerable<string> codes) => string.Join('_', Sorted(codes));

    private static string Shortened(string scope) => scope.Length <= LongestScope
        ? scope
        : $"{scope[..KeptWhenShortened]}_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(scope)))[..8]}";
}
