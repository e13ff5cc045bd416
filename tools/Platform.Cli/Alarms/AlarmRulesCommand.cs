using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Alarms;

/// <summary><c>alarms rules DEVICE</c>: when the device's alarm opens and closes.</summary>
internal static class AlarmRulesCommand
{
    public static Command Create(Option<bool> json)
    {
        var device = new Argument<string>("device") { Description = "Code of the device." };
        var openAfter = new Option<int?>("--open-after") { Description = "Anomalous recordings that open an alarm," };
        var ofLast = new Option<int?>("--of") { Description = "among so many of the latest." };
        var clearAfter = new Option<int?>("--clear-after") { Description = "Quiet recordings in a row that close it." };
        var clearBelow = new Option<double?>("--clear-below") { Description = "Quiet is a score of at most this share of its threshold (0.01 to 1)." };
        var by = new Option<string?>("--by") { Description = "Who decides; by default the account that runs this." };
        var reset = new Option<bool>("--reset") { Description = "Forget what was said for this device." };
        var command = new Command("rules", "Show or set when a device's alarm opens and closes; what is not given stays as it is.")
        {
            device, openAfter, ofLast, clearAfter, clearBelow, by, reset,
        };
        Option[] values = [openAfter, ofLast, clearAfter, clearBelow];
        command.Validators.Add(result =>
        {
            if (result.GetValue(reset) && values.Any(option => result.GetResult(option) is not null))
                result.AddError("Give --reset or rules, not both.");
        });
        command.SetAction((parse, cancellationToken) =>
        {
            var wanted = new OwnAlarmRules(
                parse.GetValue(openAfter), parse.GetValue(ofLast), parse.GetValue(clearAfter), parse.GetValue(clearBelow),
                parse.GetValue(by) ?? Environment.UserName, default);
            return Run(parse.GetRequiredValue(device), wanted, parse.GetValue(reset), new Report(parse.GetValue(json)), cancellationToken);
        });
        return command;
    }

    private static async Task<int> Run(string device, OwnAlarmRules wanted, bool reset, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var rules = await client.GetAlarmRules(device, cancellationToken);
        if (reset)
            rules = await client.ResetAlarmRules(device, cancellationToken);
        else if (wanted is not (null, null, null, null, _, _))
            rules = await client.PutAlarmRules(device, Over(wanted, rules.Own), cancellationToken);

        report.Line(string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{rules.Device}: an alarm opens at {rules.OpenAfter} anomalous of the last {Shown.Count(rules.OfLast, "recording")} and closes after {rules.ClearAfter} in a row at or below {rules.ClearBelow:0.##} of the threshold."));
        report.Line(rules.Own is { } own ? $"Set by {own.SetBy} at {Shown.Time(own.SetAt)}." : "As the options of the predictor say.");
        report.Result(rules);
        return 0;
    }

    private static object Over(OwnAlarmRules wanted, OwnAlarmRules? known) => new
    {
        openAfter = wanted.OpenAfter ?? known?.OpenAfter,
        ofLast = wanted.OfLast ?? known?.OfLast,
        clearAfter = wanted.ClearAfter ?? known?.ClearAfter,
        clearBelow = wanted.ClearBelow ?? known?.ClearBelow,
        by = wanted.SetBy,
    };
}
