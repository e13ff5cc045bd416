using System.CommandLine;
using System.Diagnostics;
using Platform.Cli.Output;
using Platform.Cli.Running;
using Platform.Cli.State;
using Platform.Cli.Training;

namespace Platform.Cli.Evaluation;

/// <summary>
/// <c>evaluate DIR</c>: how well faults are found in recordings whose state is known, by the real services on a platform of its own. The
/// plant's platform may run beside it and is not touched.
/// </summary>
internal static class EvaluateCommand
{
    public static Command Create(Option<bool> json)
    {
        var folder = new Argument<string>("dir")
        {
            Description = "Folder with {device}/train/normal, test/normal, test/anomaly…, other folders below test/ whose alarms are counted, and timeline/.",
        };
        var window = new Option<double?>("--window-seconds") { Description = "Length of a patch; by default 2, or what the shortest recording of the device has." };
        window.Validators.Add(result => Between(result, "--window-seconds", 0.1, 60));
        var rate = new Option<int?>("--sample-rate") { Description = "Samples per second of the feature specs; by default what most recordings of a device have." };
        rate.Validators.Add(result => Between(result, "--sample-rate", 1_000, 384_000));
        var mels = new Option<int>("--n-mels") { Description = "Mel bands of the feature specs.", DefaultValueFactory = _ => 64 };
        mels.Validators.Add(result => Between(result, "--n-mels", 1, 512));
        var scores = new Option<string?>("--scores") { Description = "File to write every test recording's scores to, as JSON lines." };
        var clicks = new Option<bool>("--clicks") { Description = "Also score copies of test/normal with a click of 50 ms at 0 dB in each; their alarms are counted as normal_plus_click." };
        var keep = new Option<bool>("--keep") { Description = "Keep the platform's folder, stopped: PLATFORM_STATE=FOLDER ./platform up starts it again." };
        var training = new TrainingOptions();
        var command = new Command("evaluate", "Train on recordings, score others whose state is known, and say how well faults are found.")
        {
            folder, window, rate, mels, clicks, scores, keep,
        };
        training.AddTo(command);
        command.SetAction((parse, cancellationToken) =>
        {
            var options = new Options(
                parse.GetRequiredValue(folder), parse.GetValue(window), parse.GetValue(rate), parse.GetValue(mels), parse.GetValue(clicks), parse.GetValue(scores), parse.GetValue(keep));
            return Run(options, training.Read(parse), new Report(parse.GetValue(json)), cancellationToken);
        });
        return command;
    }

    private static async Task<int> Run(Options options, IReadOnlyDictionary<string, object> parameters, Report report, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var devices = EvaluationData.Read(options.Folder) // a wrong folder is said before anything starts
            .Select(device => (Device: device, Spec: ClipSpec.For(device.All, options.Window, options.Rate, options.Mels)))
            .ToList();
        report.Line($"{Shown.Count(devices.Count, "device")} with {Shown.Count(devices.Sum(item => item.Device.All.Count()), "recording")}");

        await using var platform = await ThrowawayPlatform.Start("evaluate", trainers: 1, options.Keep, report, cancellationToken);
        for (var i = 0; i < devices.Count && options.Clicks; i++)
            devices[i] = (await Clicks.AddTo(devices[i].Device, Path.Combine(platform.Folder, "clicks"), cancellationToken), devices[i].Spec);
        var loop = new EvaluationLoop(platform.Client, devices, parameters, report);
        var evaluated = await loop.Run(cancellationToken);

        List<DeviceResult> results = [.. evaluated.Select(device => device.Result())];
        var summary = Quality.Summarise([.. evaluated.Where(device => device.Error is null).Select(device => device.Clips())], results.Count(result => result.Error is not null));
        EvaluationReport.Show(results, summary, report);
        if (options.Scores is { } file)
            await ScoreFile.Write(file, evaluated, cancellationToken);
        if (options.Keep)
            report.Line($"The platform is kept in {Checkout.Shown(platform.Folder)}.");
        report.Result(new
        {
            summary = EvaluationJson.Of(summary),
            devices = results.Select(EvaluationJson.Of),
            bootstrap = new { samples = Bootstrap.Samples, confidence = Bootstrap.Confidence, seed = Bootstrap.Seed },
            parameters,
            seconds = loop.Seconds,
            totalSeconds = Math.Round(clock.Elapsed.TotalSeconds, 1),
        });
        return summary.Failed == 0 ? 0 : 1;
    }

    private static void Between(System.CommandLine.Parsing.OptionResult result, string name, double least, double most)
    {
        if (result.Tokens is [var token] && double.TryParse(token.Value, System.Globalization.CultureInfo.InvariantCulture, out var value) && !(value >= least && value <= most))
            result.AddError($"{name} must be between {least} and {most}.");
    }

    private sealed record Options(string Folder, double? Window, int? Rate, int Mels, bool Clicks, string? Scores, bool Keep);
}
