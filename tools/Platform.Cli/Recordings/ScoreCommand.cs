using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Explanations;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Recordings;

/// <summary><c>score DEVICE FILE</c>: one recording against the deployed model, without archiving it.</summary>
internal static class ScoreCommand
{
    public static Command Create(Option<bool> json)
    {
        var device = new Argument<string>("device") { Description = "Code of the device." };
        var file = new Argument<string>("file") { Description = $"A recording ({AudioFiles.Extensions})." };
        var png = new Option<string?>("--png") { Description = "Draw where it deviates into this file.", HelpName = "FILE" };
        var command = new Command("score", "Score one recording with the deployed model of a device.") { device, file, png };
        command.SetAction((parse, cancellationToken) => Run(
            parse.GetRequiredValue(device), parse.GetRequiredValue(file), parse.GetValue(png), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(string device, string file, string? png, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var score = await client.Score(device, file, cancellationToken);
        report.Line($"{score.Verdict}: score {score.Value:0.000000}, threshold {score.Threshold:0.000000} ({score.ModelId} v{score.Version}, {Shown.Count(score.Patches, "patch", "patches")})");
        report.Show(DetectorTable.Of(score.Detectors));
        if (png is not null)
            await HeatMapFile.Write(png, await client.PostHeatMap(device, file, cancellationToken), report, cancellationToken);
        report.Result(score);
        return 0;
    }
}
