using System.CommandLine;
using System.Globalization;
using Platform.Cli.Client;
using Platform.Cli.Deployments;
using Platform.Cli.Models;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Shadows;

/// <summary><c>compare-live MODEL</c>: what the shadow and what serves said about the same recordings, over time.</summary>
internal static class CompareLiveCommand
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    public static Command Create(Option<bool> json)
    {
        var model = new Argument<string>("model") { Description = "Id of the model, or the code of a device for its own model." };
        var version = new Option<int?>("--version") { Description = "A version that was a shadow before, e.g. v3; by default the last one.", CustomParser = VersionArgument.Parse };
        var since = new Option<TimeSpan?>("--since") { Description = "Only recordings of the last so much time, e.g. 7d, 12h or 30m; by default all.", CustomParser = Span.Parse };
        var device = new Option<string?>("--device") { Description = "Only recordings of this device." };
        var lines = new Option<int>("--lines") { Description = "Into how many equal times to divide, 1 to 500.", DefaultValueFactory = _ => 12 };
        var follow = new Option<bool>("--follow") { Description = "Say it again every few seconds, as recordings come, until interrupted." };
        var command = new Command("compare-live", "Show how the shadow of a model does beside what serves.") { model, version, since, device, lines, follow };
        command.SetAction((parse, cancellationToken) => Run(
            ModelName.IdOf(parse.GetRequiredValue(model)),
            () => Query(
                ("version", parse.GetValue(version)?.ToString(CultureInfo.InvariantCulture)),
                ("from", parse.GetValue(since) is { } span ? (DateTimeOffset.UtcNow - span).ToString("O", CultureInfo.InvariantCulture) : null),
                ("device", parse.GetValue(device)),
                ("buckets", parse.GetValue(lines).ToString(CultureInfo.InvariantCulture))),
            parse.GetValue(follow),
            new Report(parse.GetValue(json)),
            cancellationToken));
        return command;
    }

    private static async Task<int> Run(string modelId, Func<string> query, bool follow, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        using var timer = new PeriodicTimer(Pause);
        (long, long)? shown = null;
        do
        {
            var comparison = await client.FindComparison(modelId, query(), cancellationToken)
                ?? throw new PlatformException($"no version of {modelId} was ever a shadow; ./platform deploy {modelId} vN --shadow makes one.");

            // Followed, it speaks when there is news.
            var now = (comparison.Total?.Recordings ?? 0, comparison.NotComparable.Sum(one => one.Recordings));
            if (shown == now)
                continue;
            shown = now;
            Show(comparison, report);
            report.Result(new { comparison, verdict = ComparisonVerdict.Of(comparison) });
        }
        while (follow && await timer.WaitForNextTickAsync(cancellationToken));
        return 0;
    }

    private static void Show(Comparison comparison, Report report)
    {
        var state = comparison.State is null ? "a shadow once" : $"{comparison.State} as shadow of {Shown.Count(comparison.ShadowDevices ?? 0, "device")} since {Shown.Time(comparison.StartedAt)}";
        var champions = string.Join(", ", comparison.Champions.Select(one => $"{one.ModelId} v{one.Version} ({Shown.Count(one.Recordings, "recording")})"));
        report.Line($"{comparison.ModelId} v{comparison.Version}: {state}{(champions.Length > 0 ? $"; beside {champions}" : "")}");
        if (comparison.Total is { } total)
        {
            report.Show(Times(comparison, total));
            if (comparison.Devices.Count > 1)
                report.Show(Devices(comparison));
        }

        if (comparison.OnlyShadow > 0)
            report.Line($"{Shown.Count(comparison.OnlyShadow, "recording")} without a score of what serves yet.");
        foreach (var one in comparison.NotComparable)
            report.Line($"Not comparable: {Shown.Count(one.Recordings, "recording")} ({one.Outcome.Replace('_', ' ')}), e.g.: {one.Example}");
        report.Line(ComparisonVerdict.Of(comparison));
    }

    private static Table Times(Comparison comparison, ComparedVerdicts total)
    {
        var table = new Table().AddColumns("from", "recordings", "anomalous", "shadow", "agree", "median", "shadow", "95 %", "shadow", "false alarms", "shadow", "found", "shadow");
        foreach (var time in comparison.Over)
            Add(table, Shown.Time(time.From), time.Verdicts);
        if (comparison.Over.Count > 1)
            Add(table, "all", total);
        return table;
    }

    private static Table Devices(Comparison comparison)
    {
        const int most = 20;

        var table = new Table().AddColumns("device", "recordings", "anomalous", "shadow", "agree", "median", "shadow", "95 %", "shadow", "false alarms", "shadow", "found", "shadow");
        foreach (var device in comparison.Devices.Take(most))
            Add(table, device.Device, device.Verdicts);
        return table;
    }

    private static void Add(Table table, string what, ComparedVerdicts verdicts) => table.AddRow(
        Shown.Of(what),
        Shown.Count(verdicts.Recordings),
        Shown.Count(verdicts.ChampionAnomalous),
        Shown.Count(verdicts.ShadowAnomalous),
        ComparisonVerdict.Percent(verdicts.BothNormal + verdicts.BothAnomalous, verdicts.Recordings),
        Shown.Number(verdicts.ChampionMedian, "0.00"),
        Shown.Number(verdicts.ShadowMedian, "0.00"),
        Shown.Number(verdicts.Champion95, "0.00"),
        Shown.Number(verdicts.Shadow95, "0.00"),
        Labelled(verdicts.ChampionFalseAlarms, verdicts.LabelledNormal),
        Labelled(verdicts.ShadowFalseAlarms, verdicts.LabelledNormal),
        Labelled(verdicts.ChampionFound, verdicts.LabelledAnomalous),
        Labelled(verdicts.ShadowFound, verdicts.LabelledAnomalous));

    private static string Labelled(long count, long of) => of == 0 ? "" : $"{count} of {of}";

    private static string Query(params IEnumerable<(string Name, string? Value)> filters) => string.Join(
        '&', filters.Where(filter => filter.Value is not null).Select(filter => $"{filter.Name}={Uri.EscapeDataString(filter.Value!)}"));
}
