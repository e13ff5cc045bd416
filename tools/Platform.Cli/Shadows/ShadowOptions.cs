using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Shadows;

/// <summary>What makes <c>deploy</c> start a shadow instead.</summary>
internal sealed class ShadowOptions
{
    private readonly Option<bool> shadow = new("--shadow") { Description = "Score it beside what serves, without alarms; compare-live shows both." };

    private readonly Option<string[]> devices = new("--devices")
    {
        Description = "With --shadow: only for these devices of the model, e.g. LT-2,LT-5.",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
    };

    private readonly Option<double?> share = new("--share") { Description = "With --shadow: for this share of the model's devices, e.g. 0.2." };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[shadow, devices, share])
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            var (listed, part) = (result.GetValue(devices) is { Length: > 0 }, result.GetResult(share) is not null);
            if (!result.GetValue(shadow) && (listed || part))
                result.AddError($"{(listed ? "--devices" : "--share")} goes with --shadow.");
            else if (listed && part)
                result.AddError("--devices and --share exclude each other.");
        });
    }

    public bool Wanted(ParseResult parse) => parse.GetValue(shadow);

    public async Task<int> Start(
        ParseResult parse, string modelId, int version, string? reason, string actor, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var listed = parse.GetValue(devices);
        var started = await client.StartShadow(
            modelId, version, listed is { Length: > 0 } ? listed : null, parse.GetValue(share), reason, actor, cancellationToken);
        report.Line($"{started.ModelId} v{started.Version} is the shadow of {Shown.Count(started.Devices.Count, "device")}; ./platform compare-live {started.ModelId} shows how it does.");
        report.Result(started);
        return 0;
    }
}
