using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.Recordings;
using Platform.Cli.Training;

namespace Platform.Cli.Demo;

/// <summary>
/// The whole way of a recording through the running platform, for every device at once: archive, features, training, deployment,
/// and the scores of recordings that the model has not heard.
/// </summary>
internal sealed class DemoLoop(PlatformClient client, DemoData data, double windowSeconds, int steps, Report report)
{
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(10);

    private readonly Stations stations = new(report);

    /// <summary>How long each station took, in the order of the loop.</summary>
    public IReadOnlyDictionary<string, double> Seconds => stations.Seconds;

    /// <summary>Test recordings that an earlier demo had archived: the model may have been trained on them.</summary>
    public int HeardBefore { get; private set; }

    public async Task<IReadOnlyList<DemoDeviceResult>> Run(CancellationToken cancellationToken)
    {
        await stations.Pass("devices", _ => PrepareDevices(cancellationToken));
        var now = TimeProvider.System.GetUtcNow();
        var longestTest = data.Devices.Max(device => device.Healthy.Count + device.Faulty.Count);
        var training = Uploads(device => device.Training, Labels.Normal, now - longestTest * Spacing);
        var archived = await stations.Pass("archive", progress => Uploading.Archive(client, training, report, progress, cancellationToken));
        await stations.Pass("features", progress => WaitForFeatures(archived, progress, cancellationToken));
        var runs = await stations.Pass("training", progress => Train(progress, cancellationToken));
        var versions = await stations.Pass("deploy", _ => Deploy(runs, cancellationToken));
        return await stations.Pass("score", progress => Score(runs, versions, progress, cancellationToken));
    }

    private async Task<int> PrepareDevices(CancellationToken cancellationToken)
    {
        var name = DemoData.SpecName(windowSeconds, data.SampleRate);
        var extraction = new { sampleRate = data.SampleRate, winSeconds = windowSeconds, hopSeconds = windowSeconds / 2 };
        await client.PostFeatureSpec(new { name, extraction, view = new { } }, cancellationToken);
        foreach (var device in data.Devices)
        {
            var known = await client.FindDevice(device.Device, cancellationToken);
            await client.PutDevice(device.Device, new
            {
                site = known?.Site ?? "demo",
                machineType = known?.MachineType ?? device.MachineType,
                timeZone = known?.TimeZone ?? "UTC",
                featureSpec = name,
            }, cancellationToken);
        }

        return data.Devices.Count;
    }

    /// <summary>Dated as if the machine had been recorded without a pause until the given moment: alarms follow the order of recordings.</summary>
    private List<Upload> Uploads(Func<DemoDevice, IReadOnlyList<string>> files, string label, DateTimeOffset until) =>
    [
        .. data.Devices.SelectMany(device => files(device).Select((file, index) =>
            new Upload(device.Device, file, label, until - (files(device).Count - index) * Spacing))),
    ];

    private Task<int> WaitForFeatures(IReadOnlyList<UploadResult> archived, ProgressLine progress, CancellationToken cancellationToken)
    {
        // Two files with the same bytes are one recording.
        var expected = archived.GroupBy(result => result.Upload.Device).ToDictionary(group => group.Key, group => group.Select(result => result.Id).Distinct().Count());
        return FeatureWait.Until(client, expected, DemoData.SpecName(windowSeconds, data.SampleRate), progress, cancellationToken);
    }

    private async Task<IReadOnlyList<Run>> Train(ProgressLine progress, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        foreach (var device in data.Devices)
            ids.Add(await client.StartRun(new Dictionary<string, object> { ["mode"] = "device", ["device"] = device.Device }, new { maxSteps = steps }, cancellationToken));
        var runs = await RunWatch.UntilEnded(client, ids, progress, cancellationToken);
        return [.. runs.Select(RunWatch.Completed)];
    }

    private async Task<IReadOnlyList<ModelVersion>> Deploy(IReadOnlyList<Run> runs, CancellationToken cancellationToken)
    {
        var versions = new List<ModelVersion>();
        foreach (var run in runs)
            versions.Add((await Deployment.Settle(client, run, cancellationToken)).Version);
        return versions;
    }

    private async Task<IReadOnlyList<DemoDeviceResult>> Score(
        IReadOnlyList<Run> runs, IReadOnlyList<ModelVersion> versions, ProgressLine progress, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var healthyUntil = now - data.Devices.Max(device => device.Faulty.Count) * Spacing;
        var healthy = await Uploading.Archive(client, Uploads(device => device.Healthy, Labels.Unlabelled, healthyUntil), report, progress, cancellationToken);
        var faulty = await Uploading.Archive(client, Uploads(device => device.Faulty, Labels.Unlabelled, now), report, progress, cancellationToken);
        HeardBefore = healthy.Count(result => result.Known);
        var scores = await TestScores.Collect(client, [.. healthy, .. faulty], report, progress, cancellationToken);

        // As an operator would: what turned out to be a fault must not be learnt as normal by the next training.
        foreach (var recording in faulty)
            await client.PutLabel(recording.Id!.Value, Labels.Anomalous, cancellationToken);

        return
        [
            .. data.Devices.Select((device, index) =>
            {
                var own = ScoresOf(healthy, device).Concat(ScoresOf(faulty, device)).ToList();
                return DemoDeviceResult.From(device, runs[index], versions[index],
                    own.Select(score => score.Version).DefaultIfEmpty(versions[index].Version).Max(), own.LastOrDefault()?.Threshold,
                    ScoresOf(healthy, device), ScoresOf(faulty, device));
            }),
        ];

        List<TestScore> ScoresOf(IReadOnlyList<UploadResult> results, DemoDevice device) =>
            [.. results.Where(result => result.Upload.Device == device.Device).Select(result => scores.GetValueOrDefault((device.Device, result.Id!.Value))).OfType<TestScore>()];
    }
}
