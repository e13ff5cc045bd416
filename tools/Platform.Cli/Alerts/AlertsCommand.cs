using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Alerts;

/// <summary><c>alerts</c>: what a person should look at, until somebody acknowledges it.</summary>
internal static class AlertsCommand
{
    public static Command Create(Option<bool> json)
    {
        var all = new Option<bool>("--all") { Description = "Also those that somebody has acknowledged." };
        var limit = new Option<int>("--limit") { Description = "How many at most, newest first.", DefaultValueFactory = _ => 100 };
        var acknowledge = new Option<long?>("--acknowledge") { Description = "Id of an alert that needs no more attention." };
        var actor = new Option<string?>("--actor") { Description = "Who acknowledges; by default the account that runs this." };
        var command = new Command("alerts", "Show what a person should look at.") { all, limit, acknowledge, actor };
        command.SetAction((parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            return parse.GetValue(acknowledge) is { } id
                ? Acknowledge(id, parse.GetValue(actor) ?? Environment.UserName, report, cancellationToken)
                : List(parse.GetValue(all), parse.GetValue(limit), report, cancellationToken);
        });
        return command;
    }

    private static async Task<int> Acknowledge(long id, string actor, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var alert = await client.AcknowledgeAlert(id, actor, cancellationToken);
        report.Line($"Alert {alert.Id} was acknowledged by {alert.AcknowledgedBy} at {Shown.Time(alert.AcknowledgedAt)}.");
        report.Result(alert);
        return 0;
    }

    private static async Task<int> List(bool all, int limit, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var alerts = await client.GetAlerts(all, limit, cancellationToken);
        var table = new Table().AddColumns("id", "raised", "kind", "message", "acknowledged");
        foreach (var alert in alerts)
        {
            var acknowledged = alert.AcknowledgedAt is null ? "" : $"{alert.AcknowledgedBy}, {Shown.Time(alert.AcknowledgedAt)}";
            table.AddRow($"{alert.Id}", Shown.Time(alert.RaisedAt), alert.Kind, Shown.Of(alert.Message), Shown.Of(acknowledged));
        }

        if (alerts.Count == 0)
            report.Line(all ? "There are no alerts." : "There are no open alerts.");
        else
            report.Show(table);
        report.Result(new { alerts });
        return 0;
    }
}
