using Platform.Contracts;

namespace Platform.Registry.Scopes;

/// <summary>Turns a <see cref="ScopeSelection"/> into a named scope with its devices. One instance resolves one selection.</summary>
internal sealed class ScopeResolver
{
    private static readonly string[] Aggregations = ["pooled", "balanced"];
    private static readonly string[] ModelTypes = ["conv-ae"];

    private readonly ScopeSelection selection;
    private readonly IReadOnlyList<KnownDevice> known;
    private readonly Dictionary<string, string> errors = new(StringComparer.Ordinal);

    private ScopeResolver(ScopeSelection selection, IReadOnlyList<KnownDevice> known) => (this.selection, this.known) = (selection, known);

    public static ScopeResolution Resolve(ScopeSelection selection, IReadOnlyList<KnownDevice> known)
    {
        var resolver = new ScopeResolver(selection, known);
        var scope = resolver.Resolve();
        return new(resolver.errors.Count == 0 ? scope : null, resolver.errors);
    }

    private TrainingScope? Resolve()
    {
        RequireValidCodes();
        var modelType = OneOf("modelType", selection.ModelType ?? ModelTypes[0], ModelTypes);
        var aggregation = OneOf("aggregation", selection.Aggregation ?? Aggregations[0], Aggregations);
        OneOf("mode", selection.Mode ?? "", ScopeModes.All);
        if (errors.Count > 0)
            return null;

        return selection.Mode switch
        {
            ScopeModes.Device => ForDevice(modelType),
            ScopeModes.MachineType => ForMachineType(aggregation, modelType),
            ScopeModes.Site => ForSite(aggregation, modelType),
            _ => ForGlobal(aggregation, modelType),
        };
    }

    private TrainingScope? ForDevice(string modelType)
    {
        Refuse(("machineType", selection.MachineType), ("site", selection.Site), ("sites", selection.Sites), ("aggregation", selection.Aggregation));
        var wanted = ModelScope.Sorted(selection.Devices ?? []).Concat(selection.Device is { } one ? [one] : []).Distinct().ToList();
        if (wanted.Count != 1)
        {
            errors["device"] = $"mode 'device' needs exactly one device, got {wanted.Count}; use mode 'site' or 'global' for several.";
            return null;
        }

        RequireKnown("device", wanted);
        return ModelScope.ForDevice(wanted[0], modelType).WithDevices(wanted);
    }

    private TrainingScope? ForMachineType(string aggregation, string modelType)
    {
        Refuse(("device", selection.Device), ("devices", selection.Devices), ("site", selection.Site));
        var ofType = Group("machineType", selection.MachineType, device => device.MachineType);
        if (ofType is null)
            return null;

        var members = selection.Sites is { } sites ? AtSites(ofType, sites, $" of machine type '{selection.MachineType}'") : ofType;
        return ModelScope.ForMachineType(selection.MachineType!, selection.Sites, aggregation, modelType).WithDevices(Codes(members));
    }

    private TrainingScope? ForSite(string aggregation, string modelType)
    {
        Refuse(("device", selection.Device), ("machineType", selection.MachineType), ("sites", selection.Sites));
        var atSite = Group("site", selection.Site, device => device.Site);
        if (atSite is null)
            return null;

        if (selection.Devices is { } devices)
        {
            RequireKnown("devices", devices, atSite, $" at site '{selection.Site}'");
            return ModelScope.ForSite(selection.Site!, devices, aggregation, modelType).WithDevices(devices);
        }

        return ModelScope.ForSite(selection.Site!, null, aggregation, modelType).WithDevices(Codes(atSite));
    }

    private TrainingScope? ForGlobal(string aggregation, string modelType)
    {
        Refuse(("device", selection.Device), ("machineType", selection.MachineType), ("site", selection.Site));
        switch (selection)
        {
            case { Sites: not null, Devices: not null }:
                errors["devices"] = "mode 'global' takes sites or devices, not both.";
                return null;
            case { Sites: { } sites }:
                return ModelScope.ForSelectedSites(sites, aggregation, modelType).WithDevices(Codes(AtSites(known, sites, "")));
            case { Devices: { } devices }:
                RequireKnown("devices", devices);
                return ModelScope.ForSelectedDevices(devices, aggregation, modelType).WithDevices(devices);
        }

        if (known.Count == 0)
            errors["mode"] = "no device is known yet, so there is nothing to train a global model on.";
        return ModelScope.ForEverything(aggregation, modelType).WithDevices(Codes(known));
    }

    private void RequireValidCodes()
    {
        CheckCodes("device", One(selection.Device));
        CheckCodes("machineType", One(selection.MachineType));
        CheckCodes("site", One(selection.Site));
        CheckList("sites", selection.Sites);
        CheckList("devices", selection.Devices);

        static IReadOnlyList<string> One(string? code) => code is null ? [] : [code];
    }

    private void CheckList(string field, IReadOnlyList<string>? codes)
    {
        // An empty selection must not widen to everything.
        if (codes is { Count: 0 })
            errors[field] = "the list is empty; leave the field out to mean all.";
        CheckCodes(field, codes ?? []);
    }

    private void CheckCodes(string field, IReadOnlyList<string> codes)
    {
        // JSON can put null into a list whatever its element type says.
        var invalid = codes.Where(code => code is null || !Code.IsValid(code)).ToList();
        if (invalid.Count > 0)
            errors[field] = $"{Quoted(invalid)} is not a code; allowed is {Code.Pattern}.";
    }

    private List<KnownDevice>? Group(string field, string? wanted, Func<KnownDevice, string> by)
    {
        if (wanted is null)
        {
            errors[field] = $"mode '{selection.Mode}' needs {field}.";
            return null;
        }

        var members = known.Where(device => by(device) == wanted).ToList();
        if (members.Count > 0)
            return members;
        errors[field] = $"no known device has {field} '{wanted}'; known are {Quoted(ModelScope.Sorted(known.Select(by)))}.";
        return null;
    }

    private List<KnownDevice> AtSites(IReadOnlyList<KnownDevice> candidates, IReadOnlyList<string> sites, string which)
    {
        var without = ModelScope.Sorted(sites).Where(site => candidates.All(device => device.Site != site)).ToList();
        if (without.Count > 0)
            errors["sites"] = $"no known device{which} at site {Quoted(without)}.";
        return [.. candidates.Where(device => sites.Contains(device.Site, StringComparer.Ordinal))];
    }

    private void RequireKnown(string field, IReadOnlyList<string> wanted, IReadOnlyList<KnownDevice>? among = null, string where = "")
    {
        var unknown = ModelScope.Sorted(wanted).Except(Codes(among ?? known), StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            errors[field] = $"unknown device{where}: {Quoted(unknown)}.";
    }

    private void Refuse(params ReadOnlySpan<(string Field, object? Value)> fields)
    {
        foreach (var (field, value) in fields)
        {
            if (value is not null)
                errors[field] = $"mode '{selection.Mode}' takes no {field}.";
        }
    }

    private string OneOf(string field, string value, IReadOnlyList<string> allowed)
    {
        if (!allowed.Contains(value, StringComparer.Ordinal))
            errors[field] = $"'{value}' is not allowed; allowed are {Quoted(allowed)}.";
        return value;
    }

    private static IEnumerable<string> Codes(IEnumerable<KnownDevice> devices) => devices.Select(device => device.Device);

    private static string Quoted(IEnumerable<string> values) => string.Join(", ", values.Select(value => $"'{value}'"));
}
