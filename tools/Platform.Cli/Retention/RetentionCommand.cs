using System.CommandLine;
using System.Globalization;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Retention;

/// <summary><c>retention</c>: one sweep, or with <c>--dry-run</c> what it would do, with bytes.</summary>
internal static class RetentionCommand
{
    public static Command Create(Option<bool> json)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Change nothing, say what would be done." };
        var keep = new Option<int?>("--keep") { Description = "Newest versions of each model that stay (5).", HelpName = "N" };
        var days = new Option<int?>("--days") { Description = "Versions that were served within so many days stay (30).", HelpName = "D" };
        var grace = new Option<double?>("--grace") { Description = "Hours between the mark and the deletion, and before orphans are deleted (168).", HelpName = "hours" };
        var command = new Command("retention", "Mark versions that nothing keeps and delete what was marked long enough ago.") { dryRun, keep, days, grace };
        command.SetAction((parse, cancellationToken) => Run(
            new
            {
                dryRun = parse.GetValue(dryRun),
                keepVersions = parse.GetValue(keep),
                keepDays = parse.GetValue(days),
                grace = Grace(parse.GetValue(grace)),
                actor = "platform retention",
            },
            new Report(parse.GetValue(json)),
            cancellationToken));
        return command;
    }

    private static async Task<int> Run(object plan, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var sweep = await client.StartRetention(plan, cancellationToken);
        using (var progress = report.Progress("Sweeping"))
        using (var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200)))
        {
            while (sweep.State == "running")
            {
                progress.Set(0, 0);
                await timer.WaitForNextTickAsync(cancellationToken);
                sweep = await client.GetRetention(sweep.Id, cancellationToken);
            }
        }

        if (sweep.Result is { } result)
            Show(sweep, result, report);
        report.Result(sweep);
        return sweep.State == "completed" ? 0 : throw new PlatformException($"The sweep ended as {sweep.State}: {sweep.Reason}");
    }

    private static void Show(RetentionReport sweep, RetentionResult result, Report report)
    {
        var plan = sweep.Plan;
        report.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{(sweep.DryRun ? "Dry run: nothing was changed. " : "")}Kept are the last {Shown.Count(plan.KeepVersions, "version")}, what was served within {plan.KeepDays} days, what has an alias, what an active run needs; grace {plan.Grace.TotalHours:0.##} h."));
        var table = new Table().AddColumns("", "count", "objects", "bytes", "for example");
        foreach (var (what, tally) in new[]
        {
            ("packages kept", result.Kept),
            (sweep.DryRun ? "versions to mark" : "versions marked", result.Marked),
            ("marked, in their grace", result.Waiting),
            (sweep.DryRun ? "versions to sweep" : "versions swept", result.Swept),
            ("orphans, in their grace", result.Orphans),
            (sweep.DryRun ? "orphans to sweep" : "orphans swept", result.SweptOrphans),
            (sweep.DryRun ? "run folders to trim" : "run folders trimmed", result.Trimmed),
            ("packages missing", result.Missing),
        })
        {
            table.AddRow(what, Shown.Count(tally.Count), Shown.Count(tally.Objects), Shown.Size(tally.Bytes), Shown.Of(string.Join(", ", tally.Examples.Take(2))));
        }

        report.Show(table);
    }

    private static TimeSpan? Grace(double? hours) => hours switch
    {
        null => null,
        >= 0 and <= 8_760 => TimeSpan.FromHours(hours.Value),
        _ => throw new PlatformException($"--grace {hours.Value.ToString(CultureInfo.InvariantCulture)} is out of range; allowed are 0 to 8760 hours."),
    };
}
