using System.CommandLine;

namespace Platform.Cli.Training;

/// <summary>
/// What a model is trained for: a device, a machine type, a site or everything, or chosen sites or devices of it. Which codes exist is
/// known to the registry; here is checked only what fits together.
/// </summary>
internal sealed class ScopeOptions
{
    private static readonly string[] Aggregations = ["pooled", "balanced"];

    private readonly Argument<string?> device = new("device") { Description = "Code of the device, for a model of its own.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> machineType = new("--machine-type") { Description = "One model for all machines of this type, or for those at --sites." };
    private readonly Option<string?> site = new("--site") { Description = "One model for all machines at this site, or for those of --devices." };
    private readonly Option<bool> everything = new("--global") { Description = "One model for all machines, or for those at --sites or of --devices." };

    private readonly Option<string[]?> sites = new("--sites")
    {
        Description = "Only these sites, separated by commas; with --machine-type or --global.",
        CustomParser = result => Codes(result.Tokens.Select(token => token.Value)),
    };

    private readonly Option<string[]?> devices = new("--devices")
    {
        Description = "Only these devices, separated by commas; with --site or --global.",
        CustomParser = result => Codes(result.Tokens.Select(token => token.Value)),
    };

    private readonly Option<string?> aggregation = new("--aggregation")
    {
        Description = "pooled: all patches as they are; balanced: every device weighs the same, however much it recorded. By default pooled.",
    };

    public ScopeOptions() => aggregation.AcceptOnlyFromAmong(Aggregations);

    public void AddTo(Command command)
    {
        command.Arguments.Add(device);
        foreach (var option in (Option[])[machineType, site, everything, sites, devices, aggregation])
            command.Options.Add(option);

        command.Validators.Add(result =>
        {
            var ofDevice = result.GetValue(device) is not null;
            var ofType = result.GetValue(machineType) is not null;
            var ofSite = result.GetValue(site) is not null;
            var ofAll = result.GetValue(everything);
            var (bySites, byDevices) = (result.GetResult(sites) is not null, result.GetResult(devices) is not null);
            if (((bool[])[ofDevice, ofType, ofSite, ofAll]).Count(given => given) != 1)
                result.AddError("Give one of DEVICE, --machine-type, --site and --global.");
            else if (bySites && byDevices)
                result.AddError("Give --sites or --devices, not both.");
            else if (bySites && !(ofType || ofAll))
                result.AddError("--sites goes with --machine-type or --global.");
            else if (byDevices && !(ofSite || ofAll))
                result.AddError("--devices goes with --site or --global.");
            else if (ofDevice && result.GetValue(aggregation) is not null)
                result.AddError("--aggregation is for models of several devices: --machine-type, --site or --global.");
        });
    }

    /// <summary>The registry's fields for the scope of a run.</summary>
    public IReadOnlyDictionary<string, object> Read(ParseResult parse)
    {
        var given = new Dictionary<string, object?>
        {
            ["mode"] = parse.GetValue(device) is not null ? "device"
                : parse.GetValue(machineType) is not null ? "machine_type"
                : parse.GetValue(site) is not null ? "site" : "global",
            ["device"] = parse.GetValue(device),
            ["machineType"] = parse.GetValue(machineType),
            ["site"] = parse.GetValue(site),
            ["sites"] = parse.GetResult(sites) is null ? null : parse.GetValue(sites),
            ["devices"] = parse.GetResult(devices) is null ? null : parse.GetValue(devices),
            ["aggregation"] = parse.GetValue(aggregation),
        };
        return given.Where(field => field.Value is not null).ToDictionary(field => field.Key, field => field.Value!);
    }

    // An empty entry stays: the registry refuses it, whereas a list that became empty would mean everything.
    private static string[] Codes(IEnumerable<string> tokens) => [.. tokens.SelectMany(token => token.Split(',', StringSplitOptions.TrimEntries))];
}
