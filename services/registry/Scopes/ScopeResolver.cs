using Platform.Contracts;

namespace Platform.Registry.Scopes;

/// <summary>Turns a <see cref="ScopeSelection"/> into a named scope with its devices. One instance resolves one selection.</summary>
internal sealed class ScopeResolver
{
    private static readonly string[] Aggregations = ["pooled", "balanced"];
    private static readonly string[] ModelTypes = ["conv-ae"];

    // A plant has some thousands of machines. What is longer is a mistake, and would travel in every message of its run.
    private const int LongestList = 10_000;

    // A whole list of mistakes helps nobody, and neither does a name of a megabyte.
    private const int MostNamed = 100;

    private readonly ScopeSelection selection;
    private readonly IReadOnlyList<KnownDevice> known;
    private readonly Dictionary<string, string> errors = new(StringComparer.Ordinal);

    private ScopeResolver(ScopeSelection selection, IReadOnlyList<KnownDevice> known) => (this.selection, this.known) = (selection, known);

    public static ScopeResolution Resolve(ScopeSelection selection, IReadOnlyList<KnownDevice> known)
    {
        var resolver = new ScopeResolver(selection, known);
        var members = resolver.Resolve();
        return resolver.errors.Count == 0
            ? new(members!.Scope.WithDevices(members.Devices), members.Scope.Subset, resolver.errors)
            : new(null, null, resolver.errors);
    }

    /// <summary>What can be said against a selection without knowing any device: no list that is too long, no code that is none.</summary>
    public static IReadOnlyDictionary<string, string> Mistakes(ScopeSelection selection)
    {
        var resolver = new ScopeResolver(selection, []);
        resolver.RequireValidCodes();
        return resolver.errors;
    }

    private Members? Resolve()
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

    private Members? ForDevice(string modelType)
    {
        Refuse(("machineType", selection.MachineType), ("site", selection.Site), ("sites", selection.Sites), ("aggregation", selection.Aggregation));
        var wanted = ModelScope.Sorted(selection.Devices ?? []).Concat(selection.Device is { } one ? [one] : []).Distinct().ToList();
        if (wanted.Count != 1)
        {
            errors["device"] = $"mode 'device' needs exactly one device, got {wanted.Count}; use mode 'site' or 'global' for several.";
            return null;
        }

        RequireKnown("device", wanted);
        return new(ModelScope.ForDevice(wanted[0], modelType), wanted);
    }

    private Members? ForMachineType(string aggregation, string modelType)
    {
        Refuse(("device", selection.Device), ("devices", selection.Devices), ("site", selection.Site));
        var ofType = Group("machineType", selection.MachineType, device => device.MachineType);
        if (ofType is null)
            return null;

        var members = selection.Sites is { } sites ? AtSites(ofType, sites, $" of machine type '{selection.MachineType}'") : ofType;
        return new(ModelScope.ForMachineType(selection.MachineType!, selection.Sites, aggregation, modelType), Codes(members));
    }

    private Members? ForSite(string aggregation, string modelType)
    {
        Refuse(("device", selection.Device), ("machineType", selection.MachineType), ("sites", selection.Sites));
        var atSite = Group("site", selection.Site, device => device.Site);
        if (atSite is null)
            return null;

        if (selection.Devices is { } devices)
        {
            RequireKnown("devices", devices, atSite, $" at site '{selection.Site}'");
            return new(ModelScope.ForSite(selection.Site!, devices, aggregation, modelType), devices);
        }

        return new(ModelScope.ForSite(selection.Site!, null, aggregation, modelType), Codes(atSite));
    }

    private Members? ForGlobal(string aggregation, string modelType)
    {
        Refuse(("device", selection.Device), ("machineType", selection.MachineType), ("site", selection.Site));
        switch (selection)
        {
            case { Sites: not null, Devices: not null }:
                errors["devices"] = "mode 'global' takes sites or devices, not both.";
                return null;
            case { Sites: { } sites }:
                return new(ModelScope.ForSelectedSites(sites, aggregation, modelType), Codes(AtSites(known, sites, "")));
            case { Devices: { } devices }:
                RequireKnown("devices", devices);
                return new(ModelScope.ForSelectedDevices(devices, aggregation, modelType), devices);
        }

        if (known.Count == 0)
            errors["mode"] = "no device is known yet, so there is nothing to train a global model on.";
        return new(ModelScope.ForEverything(aggregation, modelType), Codes(known));
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
        else if (codes is { Count: > LongestList })
            errors[field] = $"the list has {codes.Count} entries; allowed are {LongestList}. Leave the field out to mean all.";
        else
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
        var wanted = sites.ToHashSet(StringComparer.Ordinal);
        List<KnownDevice> members = [.. candidates.Where(device => wanted.Contains(device.Site))];
        wanted.ExceptWith(members.Select(device => device.Site));
        if (wanted.Count > 0)
            errors["sites"] = $"no known device{which} at site {Quoted(ModelScope.Sorted(wanted))}.";
        return members;
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
            errors[field] = $"{Quoted([value])} is not allowed; allowed are {Quoted(allowed)}.";
        return value;
    }

    private static IEnumerable<string> Codes(IEnumerable<KnownDevice> devices) => devices.Select(device => device.Device);

    private static string Quoted(IReadOnlyCollection<string?> values)
    {
        var named = string.Join(", ", values.Take(MostNamed).Select(value => value is null ? "null" : $"'{Clipped(value)}'"));
        return values.Count > MostNamed ? $"{named} and {values.Count - MostNamed} more" : named;

        static string Clipped(string value) => value.Length <= MostNamed ? value : $"{value[..MostNamed]}…";
    }

    private sealed record Members(ModelScope Scope, IEnumerable<string> Devices);
}
