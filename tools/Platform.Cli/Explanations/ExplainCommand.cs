using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Explanations;

/// <summary><c>explain RECORDING</c>: what a recording was given by the version that scored it, and which bands and seconds deviate.</summary>
internal static class ExplainCommand
{
    private const int MostFrames = 20_000;

    public static Command Create(Option<bool> json)
    {
        var recording = new Argument<Guid>("recording") { Description = "Id of the recording, as predictions and alarms show it." };
        var png = new Option<string?>("--png") { Description = "Draw the heat map into this file.", HelpName = "FILE" };
        var frames = new Option<int>("--frames") { Description = $"With --json: entries in time at most, 1 to {MostFrames}.", DefaultValueFactory = _ => 1_000 };
        var command = new Command("explain", "Show what a recording was given, and which bands and seconds deviate.") { recording, png, frames };
        command.SetAction((parse, cancellationToken) => Run(
            parse.GetRequiredValue(recording), parse.GetValue(png), parse.GetValue(frames), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(Guid recording, string? png, int frames, Report report, CancellationToken cancellationToken)
    {
        if (frames is < 1 or > MostFrames)
            throw new PlatformException($"--frames {frames} is out of range; allowed are 1 to {MostFrames}.");
        using var client = PlatformClient.Connect(Checkout.State);
        var explanation = await client.GetExplanation(recording, frames, cancellationToken);
        report.Line($"{explanation.Device} {Shown.Time(explanation.RecordedAt)}: {explanation.Verdict} ({explanation.ModelId} v{explanation.Version}, scored {Shown.Time(explanation.ScoredAt)})");
        report.Show(DetectorTable.Of(explanation.Detectors));
        report.Show(Worst(explanation));
        if (png is not null)
            await HeatMapFile.Write(png, await client.GetHeatMap(recording, cancellationToken), report, cancellationToken);
        report.Result(explanation);
        return 0;
    }

    private static Table Worst(Explanation explanation)
    {
        var table = new Table().AddColumns("deviates most at", "by", "most of it at");
        foreach (var bands in explanation.WorstBands)
            table.AddRow(Shown.Of(bands.Name), Shown.Of(bands.Size), $"{Shown.Number(bands.PeakHz, "0")} Hz");
        foreach (var seconds in explanation.WorstSeconds)
            table.AddRow(Shown.Of(seconds.Name), Shown.Of(seconds.Size), $"{Shown.Number(seconds.PeakSeconds, "0.00")} s");
        return table;
    }
}
