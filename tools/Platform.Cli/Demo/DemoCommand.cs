using System.CommandLine;
using System.Diagnostics;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.Running;
using Platform.Cli.State;

namespace Platform.Cli.Demo;

/// <summary><c>demo</c>: the whole loop on machines that it makes up, or on recordings of yours. Stops what it started.</summary>
internal static class DemoCommand
{
    public static Command Create(Option<bool> json)
    {
        var data = new Option<string?>("--data") { Description = "Folder with {device}/train/normal, test/normal and test/anomaly; by default made-up machines." };
        var window = new Option<double>("--window-seconds") { Description = "Length of a patch; patches start every half of it.", DefaultValueFactory = _ => 2 };
        window.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0.1 and <= 60))
                result.AddError("--window-seconds must be between 0.1 and 60.");
        });
        var rate = new Option<int?>("--sample-rate") { Description = "Samples per second of the feature spec; by default what most files have, others are resampled." };
        var steps = new Option<int>("--steps") { Description = "Training budget in optimiser steps.", DefaultValueFactory = _ => 400 };
        foreach (var (name, minimum, option) in new (string, int, Option)[] { ("--sample-rate", 1000, rate), ("--steps", 1, steps) })
        {
            option.Validators.Add(result =>
            {
                if (result.Tokens is [var token] && int.TryParse(token.Value, out var value) && value < minimum)
                    result.AddError($"{name} must be at least {minimum}.");
            });
        }

        var command = new Command("demo", "Run the whole loop on sample machines, or on your own recordings.") { data, window, rate, steps };
        command.SetAction((parse, cancellationToken) => Run(
            parse.GetValue(data), parse.GetValue(window), parse.GetValue(rate), parse.GetValue(steps), new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(string? folder, double window, int? sampleRate, int steps, Report report, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var state = Checkout.State;
        var given = folder is null ? null : DemoData.Read(folder, sampleRate); // a wrong folder is said before anything starts
        var wasUp = LocalPlatform.AnyAlive(state);
        // With a starter of its own the platform ends with it, even when this process is killed.
        var (platform, _) = await UpCommand.Ensure(state, trainers: null, diesWithUs: !wasUp, report, cancellationToken);
        try
        {
            using var client = new PlatformClient(platform.Ports);
            var data = given ?? await MakeUp(client, state, sampleRate, report, cancellationToken);
            var loop = new DemoLoop(client, data, window, steps, report);
            var devices = await loop.Run(cancellationToken);

            DemoReport.Show(devices, loop.Seconds, report);
            SayWhereToLook(platform, data, loop, wasUp, report);
            var failure = folder is null ? DemoReport.Failure(devices) : null;
            report.Result(new { devices, seconds = loop.Seconds, totalSeconds = Math.Round(clock.Elapsed.TotalSeconds, 1), ok = failure is null, failure });
            return failure is null ? 0 : throw new PlatformException(failure);
        }
        finally
        {
            if (!wasUp)
            {
                report.Line("Stopping the platform (./platform up keeps it running) …");
                using (await state.Lock(CancellationToken.None))
                    await platform.Stop();
            }
        }
    }

    private static async Task<DemoData> MakeUp(PlatformClient client, StateFolder state, int? sampleRate, Report report, CancellationToken cancellationToken)
    {
        // Each round has test recordings that no earlier round has shown to the models.
        var round = 1;
        foreach (var machine in SampleMachine.All)
        {
            var own = await client.GetModels($"prefix=device/{machine.Device}_all/&limit=1", cancellationToken);
            round = Math.Max(round, 1 + (own.Items.FirstOrDefault()?.LastVersion ?? 0));
        }

        var folder = Path.Combine(state.Root, "demo");
        using (var progress = report.Progress("Making up recordings"))
            await SampleSet.Write(folder, round, progress, cancellationToken);
        return DemoData.Read(folder, sampleRate);
    }

    private static void SayWhereToLook(LocalPlatform platform, DemoData data, DemoLoop loop, bool stays, Report report)
    {
        if (loop.HeardBefore > 0)
            report.Line($"{loop.HeardBefore} healthy test recordings were archived by an earlier demo, so the models may have been trained on them.");
        report.Line($"recordings  {Checkout.Shown(data.Folder)}");
        report.Line($"archive     {Checkout.Shown(Checkout.State.Store)}  (audio/, features/, datasets/, runs/, models/)");
        report.Line($"logs        {Checkout.Shown(Checkout.State.Logs)}");
        report.Line($"queues      {platform.RabbitMq.Management} (user {Servers.RabbitMqServer.User}, password in {Checkout.Shown(Checkout.State.Root)}/secrets.json{(stays ? "" : "; after ./platform up")})");
    }
}
