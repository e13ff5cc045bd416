using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Schedules;

/// <summary><c>schedules</c>: what the platform does by itself and when.</summary>
internal static class SchedulesCommand
{
    public static Command Create(Option<bool> json)
    {
        var command = new Command("schedules", "Show and edit schedules: what is trained and cleaned up by itself, and when.")
        {
            Show(json), Set(json), Run(json), Delete(json), History(json),
        };
        command.SetAction((parse, cancellationToken) => List(new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static Argument<string> Name() => new("name") { Description = "Name of the schedule." };

    private static async Task<int> List(Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var schedules = await client.GetSchedules(cancellationToken);
        var table = new Table().AddColumns("schedule", "kind", "cron", "time zone", "for", "next", "last", "came of it");
        foreach (var schedule in schedules)
        {
            var definition = schedule.Definition;
            var last = schedule.Firings.FirstOrDefault();
            table.AddRow(
                Shown.Of(schedule.Name), Shown.Of(definition.Kind), Shown.Of(definition.Cron), Shown.Of(definition.TimeZone), Shown.Of(ScheduleText.Scope(definition)),
                definition.Enabled ? Shown.Time(schedule.NextFiring) : "off", Shown.Time(last?.ScheduledAt), last is null ? "" : Shown.Of(ScheduleText.Result(last)));
        }

        report.Show(table);
        report.Result(new { schedules });
        return 0;
    }

    private static Command Show(Option<bool> json)
    {
        var name = Name();
        var command = new Command("show", "Show a schedule, its next firing, and what came of the last ones.") { name };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            using var client = PlatformClient.Connect(Checkout.State);
            var schedule = await Existing(client, parse.GetRequiredValue(name), cancellationToken);
            Said(schedule, report);
            foreach (var firing in schedule.Firings)
            {
                report.Line($"{Shown.Time(firing.ScheduledAt)} {firing.Cause}, {firing.State}: {ScheduleText.Result(firing)} (batch {firing.BatchId})");
                foreach (var skipped in firing.Skipped ?? [])
                    report.Line($"    left out {skipped.Count}: {skipped.Reason} ({string.Join(", ", skipped.Examples)}{(skipped.Count > skipped.Examples.Count ? ", …" : "")})");
            }

            report.Result(schedule);
            return 0;
        });
        return command;
    }

    private static Command Set(Option<bool> json)
    {
        var name = Name();
        var options = new ScheduleOptions();
        var reason = new Option<string?>("--reason") { Description = "Why, for the history." };
        var command = new Command("set", "Make a schedule, or change what is given of one.") { name, reason };
        options.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            using var client = PlatformClient.Connect(Checkout.State);
            var before = await client.FindSchedule(parse.GetRequiredValue(name), cancellationToken);
            var schedule = await client.PutSchedule(
                parse.GetRequiredValue(name), options.Read(parse, before?.Definition), parse.GetValue(reason), before?.Revision, cancellationToken);
            Said(schedule, report);
            report.Result(schedule);
            return 0;
        });
        return command;
    }

    private static Command Run(Option<bool> json)
    {
        var name = Name();
        var command = new Command("run", "Fire a schedule now, also one that is off; its own times stay as they are.") { name };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            using var client = PlatformClient.Connect(Checkout.State);
            var firing = await client.RunSchedule(parse.GetRequiredValue(name), cancellationToken);
            report.Line($"{firing.State}: {ScheduleText.Result(firing)} (batch {firing.BatchId})");
            foreach (var skipped in firing.Skipped ?? [])
                report.Line($"    left out {skipped.Count}: {skipped.Reason}");
            report.Result(firing);
            return firing.State == "failed" ? 1 : 0;
        });
        return command;
    }

    private static Command Delete(Option<bool> json)
    {
        var name = Name();
        var reason = new Option<string?>("--reason") { Description = "Why, for the history." };
        var command = new Command("delete", "Delete a schedule; its history and what it started stay.") { name, reason };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            using var client = PlatformClient.Connect(Checkout.State);
            await client.DeleteSchedule(parse.GetRequiredValue(name), parse.GetValue(reason), cancellationToken);
            report.Line($"Schedule {parse.GetRequiredValue(name)} is deleted.");
            report.Result(new { deleted = parse.GetRequiredValue(name) });
            return 0;
        });
        return command;
    }

    private static Command History(Option<bool> json)
    {
        var name = Name();
        var command = new Command("history", "Show who changed a schedule, when and to what.") { name };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            using var client = PlatformClient.Connect(Checkout.State);
            var history = await client.GetScheduleHistory(parse.GetRequiredValue(name), cancellationToken);
            var table = new Table().AddColumns("revision", "when", "who", "why", "after");
            foreach (var edit in history)
                table.AddRow($"{edit.Revision}", Shown.Time(edit.At), Shown.Of(edit.Actor), Shown.Of(edit.Reason), edit.After is null ? "deleted" : Shown.Of(ScheduleText.Of(edit.After)));
            report.Show(table);
            report.Result(new { history });
            return 0;
        });
        return command;
    }

    private static async Task<Schedule> Existing(PlatformClient client, string name, CancellationToken cancellationToken) =>
        await client.FindSchedule(name, cancellationToken)
        ?? throw new PlatformException($"There is no schedule '{name}'; ./platform schedules lists them.");

    private static void Said(Schedule schedule, Report report)
    {
        report.Line($"{schedule.Name}, revision {schedule.Revision} by {schedule.ChangedBy} at {Shown.Time(schedule.ChangedAt)}: {ScheduleText.Of(schedule.Definition)}");
        report.Line($"next: {(schedule.Definition.Enabled ? Shown.Time(schedule.NextFiring) is { Length: > 0 } next ? next : "never" : "switched off")}");
    }
}
