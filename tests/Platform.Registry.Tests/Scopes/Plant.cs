using System.Globalization;
using Platform.Contracts;
using Platform.Registry.Scopes;

namespace Platform.Registry.Tests.Scopes;

/// <summary>Devices to choose subsets of.</summary>
internal sealed record Plant(string Name, IReadOnlyList<KnownDevice> Devices)
{
    internal IEnumerable<string> Types => Devices.Select(device => device.MachineType).Distinct();

    internal IEnumerable<string> Sites => Devices.Select(device => device.Site).Distinct();

    internal static IReadOnlyList<Plant> All { get; } =
    [
        new("ordinary",
        [
            new("LT-10", "S002", "pump"), new("LT-2", "S001", "pump"), new("LT-5", "S001", "pump"), new("FAN-1", "S003", "fan"),
            new("VALVE-1", "S001", "valve"), new("lt-2", "S002", "fan"),
        ]),
        // Codes that read as a part of a name: everything that a pattern allows, somebody has.
        new("words",
        [
            new("all", "all", "all"), new("x-all", "all", "pump"), new("LT-2", "S001", "all"), new("specific", "S001", "specific"),
            new("selected-devices", "specific", "pump"), new("pooled", "balanced", "conv-ae"), new("ALL", "S001", "pump"), new("deadbeef", "all", "pump"),
        ]),
        // Three codes are a long scope, the longest type with the longest site as well.
        new("long", [.. Enumerable.Range(0, 6).Select(i => new KnownDevice(Long('d', i), Long('s', i % 3), Long('t', i % 2)))]),
        new("many", [.. Enumerable.Range(0, 60).Select(i => new KnownDevice(Code("D", i), Code("S", i % 12), Code("T", i % 2)))]),
        new("one", [new("LT-1", "S001", "pump")]),
    ];

    private static string Long(char letter, int number) => new string(letter, 63) + number.ToString(CultureInfo.InvariantCulture);

    private static string Code(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number:00}");
}

/// <summary>
/// A selection as a person means it: mode, what of, and which subset, each with its own words. What it is to be called is written
/// here once more, from the rules and not from the code.
/// </summary>
/// <param name="Whole">The machine type or site; null where the mode has none.</param>
/// <param name="List">What the subset is of, <c>sites</c> or <c>devices</c>; null for none.</param>
/// <param name="Subset">In any order, with any number of duplicates.</param>
internal sealed record Choice(string Mode, string? Whole, string? List, IReadOnlyList<string>? Subset, string? Aggregation)
{
    internal ScopeSelection Selection => new(
        Mode,
        Device: Mode == ScopeModes.Device ? Whole : null,
        MachineType: Mode == ScopeModes.MachineType ? Whole : null,
        Site: Mode == ScopeModes.Site ? Whole : null,
        Sites: List == "sites" ? Subset : null,
        Devices: List == "devices" ? Subset : null,
        Aggregation: Aggregation);

    /// <summary>Two choices with equal keys mean the same model, with different keys never.</summary>
    internal string Meaning => string.Join('|', Mode, Whole, List, string.Join(',', (Subset ?? []).ToHashSet().Order(StringComparer.Ordinal)), AggregationUsed);

    internal string? AggregationUsed => Mode == ScopeModes.Device ? null : Aggregation ?? "pooled";

    /// <summary>The scope before the rule for long ones.</summary>
    internal string FullScope
    {
        get
        {
            var joined = Subset is null ? null : string.Join('_', Subset.ToHashSet().Order(StringComparer.Ordinal));
            return (Mode, joined) switch
            {
                (ScopeModes.Global, null) => "all",
                (ScopeModes.Global, _) => $"selected_{List}/{joined}",
                (_, null) => $"{Whole}_all",
                _ => $"{Whole}_specific_{joined}",
            };
        }
    }

    internal IEnumerable<string> DevicesOf(Plant plant) => plant.Devices
        .Where(device => Mode switch
        {
            ScopeModes.Device => device.Device == Whole,
            ScopeModes.MachineType => device.MachineType == Whole,
            ScopeModes.Site => device.Site == Whole,
            _ => true,
        })
        .Where(device => List switch
        {
            "sites" => Subset!.Contains(device.Site),
            "devices" => Subset!.Contains(device.Device),
            _ => true,
        })
        .Select(device => device.Device)
        .Order(StringComparer.Ordinal);
}
