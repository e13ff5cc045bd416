using Platform.Contracts;
using Platform.Registry.Scopes;

namespace Platform.Registry.Tests.Scopes;

public sealed class ScopeResolverTests
{
    private static readonly KnownDevice[] Plant =
    [
        new("FAN-1", "S003", "fan"),
        new("LT-10", "S002", "pump"),
        new("LT-2", "S001", "pump"),
        new("LT-5", "S001", "pump"),
        new("VALVE-1", "S001", "valve"),
    ];

    public static TheoryData<string, string, string, string> Selections => new()
    {
        { """device LT-2""", "LT-2_all", "device/LT-2_all/conv-ae", "LT-2" },
        { """device list LT-2""", "LT-2_all", "device/LT-2_all/conv-ae", "LT-2" },
        { "machine_type pump", "pump_all", "machine_type/pump_all/pooled/conv-ae", "LT-10 LT-2 LT-5" },
        { "machine_type pump balanced", "pump_all", "machine_type/pump_all/balanced/conv-ae", "LT-10 LT-2 LT-5" },
        { "machine_type pump sites S002 S001", "pump_specific_S001_S002", "machine_type/pump_specific_S001_S002/pooled/conv-ae", "LT-10 LT-2 LT-5" },
        { "machine_type pump sites S001 S001", "pump_specific_S001", "machine_type/pump_specific_S001/pooled/conv-ae", "LT-2 LT-5" },
        { "site S001", "S001_all", "site/S001_all/pooled/conv-ae", "LT-2 LT-5 VALVE-1" },
        { "site S001 devices LT-5 LT-2", "S001_specific_LT-2_LT-5", "site/S001_specific_LT-2_LT-5/pooled/conv-ae", "LT-2 LT-5" },
        { "site S003 devices FAN-1", "S003_specific_FAN-1", "site/S003_specific_FAN-1/pooled/conv-ae", "FAN-1" },
        { "global", "all", "global/all/pooled/conv-ae", "FAN-1 LT-10 LT-2 LT-5 VALVE-1" },
        { "global sites S003 S002", "selected_sites/S002_S003", "global/selected_sites/S002_S003/pooled/conv-ae", "FAN-1 LT-10" },
        { "global devices LT-5 FAN-1 LT-5", "selected_devices/FAN-1_LT-5", "global/selected_devices/FAN-1_LT-5/pooled/conv-ae", "FAN-1 LT-5" },
    };

    [Theory]
    [MemberData(nameof(Selections))]
    public void A_selection_has_one_name_whatever_order_it_was_typed_in(string selection, string scope, string modelId, string devices)
    {
        var resolution = ScopeResolver.Resolve(Parse(selection), Plant);

        Assert.Empty(resolution.Errors);
        Assert.Equal(scope, resolution.Scope!.Scope);
        Assert.Equal(modelId, resolution.Scope.ModelId);
        Assert.Equal(devices.Split(' '), resolution.Scope.Devices);
    }

    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "nonsense", "mode", "'nonsense' is not allowed; allowed are 'device', 'machine_type', 'site', 'global'" },
        { "device", "device", "needs exactly one device, got 0" },
        { "device LT-99", "device", "unknown device: 'LT-99'" },
        { "device LT_2", "device", "'LT_2' is not a code" },
        { "device ../etc", "device", "'../etc' is not a code" },
        { "device LT-2 balanced", "aggregation", "mode 'device' takes no aggregation" },
        { "device list LT-2 LT-5", "device", "needs exactly one device, got 2" },
        { "machine_type", "machineType", "needs machineType" },
        { "machine_type robot", "machineType", "no known device has machineType 'robot'; known are 'fan', 'pump', 'valve'" },
        { "machine_type pump sites S003 S009", "sites", "of machine type 'pump' at site 'S003', 'S009'" },
        { "machine_type pump sites", "sites", "the list is empty" },
        { "site S009", "site", "no known device has site 'S009'" },
        { "site S001 devices LT-2 LT-10 NEW-1", "devices", "unknown device at site 'S001': 'LT-10', 'NEW-1'" },
        { "site S001 devices", "devices", "the list is empty" },
        { "global devices LT-2 NEW-1", "devices", "unknown device: 'NEW-1'" },
        { "global sites S009", "sites", "no known device at site 'S009'" },
        { "global median", "aggregation", "'median' is not allowed; allowed are 'pooled', 'balanced'" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_with_its_value_and_what_is_allowed(string selection, string field, string message)
    {
        var resolution = ScopeResolver.Resolve(Parse(selection), Plant);

        Assert.Null(resolution.Scope);
        Assert.Contains(message, resolution.Errors[field], StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_model_type_is_refused()
    {
        var resolution = ScopeResolver.Resolve(new(ScopeModes.Device, "LT-2", ModelType: "resnet"), Plant);

        Assert.Contains("'resnet' is not allowed; allowed are 'conv-ae'", resolution.Errors["modelType"], StringComparison.Ordinal);
    }

    [Fact]
    public void Null_in_a_list_of_codes_is_refused()
    {
        var resolution = ScopeResolver.Resolve(new(ScopeModes.Global, Devices: ["LT-2", null!]), Plant);

        Assert.Contains("is not a code", resolution.Errors["devices"], StringComparison.Ordinal);
    }

    [Fact]
    public void Sites_and_devices_together_are_refused()
    {
        var resolution = ScopeResolver.Resolve(new(ScopeModes.Global, Sites: ["S001"], Devices: ["LT-2"]), Plant);

        Assert.Contains("sites or devices, not both", resolution.Errors["devices"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_global_model_needs_a_device()
    {
        var resolution = ScopeResolver.Resolve(new(ScopeModes.Global), []);

        Assert.Contains("no device is known yet", resolution.Errors["mode"], StringComparison.Ordinal);
    }

    // "MODE [WHICH] [list|sites|devices CODE…] [pooled|balanced|median]"
    private static ScopeSelection Parse(string text)
    {
        var words = text.Split(' ').ToList();
        var aggregation = words.Find(word => word is "pooled" or "balanced" or "median");
        words.RemoveAll(word => word == aggregation);
        var listAt = words.FindIndex(word => word is "list" or "sites" or "devices");
        var list = listAt < 0 ? null : words[(listAt + 1)..];
        var which = words.Count > 1 && listAt is < 0 or > 1 ? words[1] : null;
        return new(
            words[0],
            Device: words[0] == ScopeModes.Device ? which : null,
            MachineType: words[0] == ScopeModes.MachineType ? which : null,
            Site: words[0] == ScopeModes.Site ? which : null,
            Sites: listAt >= 0 && words[listAt] == "sites" ? list : null,
            Devices: listAt >= 0 && words[listAt] is "devices" or "list" ? list : null,
            Aggregation: aggregation);
    }
}
