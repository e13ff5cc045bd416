using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.Recordings;
using Platform.Cli.Training;

namespace Platform.Cli.Evaluation;

/// <summary>
/// The whole way of the recordings through the services, for every device at once: archive, features, training, deployment, and the scores
/// of recordings that came after that. What goes wrong with one device is that device's result and does not disturb the others.
/// </summary>
internal sealed class EvaluationLoop(
    PlatformClient client, IReadOnlyList<(EvaluationDevice Device, ClipSpec Spec)> devices, IReadOnlyDictionary<string, object> parameters, Report report)
{
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(10);

    private readonly Stations stations = new(report);
    private readonly DateTimeOffset now = TimeProvider.System.GetUtcNow();

    /// <summary>How long each station took, in the order of the loop.</summary>
    public IReadOnlyDictionary<string, double> Seconds => stations.Seconds;

    public async Task<IReadOnlyList<EvaluatedDevice>> Run(CancellationToken cancellationToken)
    {
        await stations.Pass("devices", _ => PrepareDevices(cancellationToken));
        var training = await stations.Pass("archive", progress => Uploading.Archive(client, Training(), report, progress, cancellationToken));
        await stations.Pass("features", progress => WaitForFeatures(training, progress, cancellationToken));
        var runs = await stations.Pass("training", progress => Train(progress, cancellationToken));
        var models = await stations.Pass("deploy", _ => Deploy(runs, cancellationToken));
        var tests = await stations.Pass("test", progress => Uploading.Archive(client, Tests(models), report, progress, cancellationToken));
        var scores = await stations.Pass("score", progress => TestScores.Collect(client, tests, report, progress, cancellationToken));

        var heard = training.Select(result => result.Id).ToHashSet();
        return
        [
            .. devices.Select((item, index) => new EvaluatedDevice(
                item.Device, item.Spec, models[index].Model, models[index].Error,
                [.. tests.Where(result => result.Upload.Device == item.Device.Code).DistinctBy(result => result.Upload.File)
                    .Select(result => new ScoredFile(result.Upload.File, heard.Contains(result.Id), scores.GetValueOrDefault((item.Device.Code, result.Id!.Value))))])),
        ];
    }

    private async Task<int> PrepareDevices(CancellationToken cancellationToken)
    {
        foreach (var spec in devices.Select(item => item.Spec).Distinct())
        {
            var extraction = new { spec.SampleRate, spec.WinSeconds, spec.HopSeconds, spec.NMels };
            await client.PostFeatureSpec(new { name = spec.Name, extraction, view = new { } }, cancellationToken);
        }

        foreach (var (device, spec) in devices)
            await client.PutDevice(device.Code, new { site = "evaluation", machineType = "machine", timeZone = "UTC", featureSpec = spec.Name }, cancellationToken);
        return devices.Count;
    }

    /// <summary>Dated as if the machine had been recorded without a pause: first what it learns from, then the tests, then its life.</summary>
    private List<Upload> Training() =>
    [
        .. devices.SelectMany(item =>
        {
            var later = item.Device.Tests.Sum(set => set.Files.Count) + item.Device.Timeline.Count;
            return Dated(item.Device, item.Device.Training, Labels.Normal, later);
        }),
    ];

    private List<Upload> Tests(IReadOnlyList<(TrainedModel? Model, string? Error)> models) =>
    [
        .. devices.Where((_, index) => models[index].Error is null).SelectMany(item =>
        {
            // Healthy ones first, as a plant would hear them.
            string[] files = [.. item.Device.Tests.OrderBy(set => set.Faulty == true).SelectMany(set => set.Files), .. item.Device.Timeline];
            return Dated(item.Device, files, Labels.Unlabelled, later: 0);
        }),
    ];

    private IEnumerable<Upload> Dated(EvaluationDevice device, IReadOnlyList<string> files, string label, int later) =>
        files.Select((file, index) => new Upload(device.Code, file, label, now - (later + files.Count - index) * Spacing));

    private Task<int> WaitForFeatures(IReadOnlyList<UploadResult> archived, ProgressLine progress, CancellationToken cancellationToken)
    {
        // Two files with the same bytes are one recording.
        var expected = archived.GroupBy(result => result.Upload.Device).ToDictionary(group => group.Key, group => group.Select(result => result.Id).Distinct().Count());
        return FeatureWait.Until(client, expected, spec: null, progress, cancellationToken);
    }

    private async Task<IReadOnlyList<Run>> Train(ProgressLine progress, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        foreach (var (device, _) in devices)
            ids.Add(await client.StartRun(new Dictionary<string, object> { ["mode"] = "device", ["device"] = device.Code }, parameters, cancellationToken));
        return await RunWatch.UntilEnded(client, ids, progress, cancellationToken);
    }

    private async Task<IReadOnlyList<(TrainedModel? Model, string? Error)>> Deploy(IReadOnlyList<Run> runs, CancellationToken cancellationToken)
    {
        var models = new List<(TrainedModel?, string?)>();
        foreach (var run in runs)
        {
            if (run.State != "completed")
            {
                models.Add((null, $"run {run.Name} ended as {run.State}: {run.Reason ?? "no reason given"}"));
                continue;
            }

            var deployment = await Deployment.Settle(client, run, cancellationToken);
            var version = deployment.Version;
            var model = new TrainedModel(
                run.ModelId, version.Version, version.State, run.Name, run.Recordings, run.Patches, run.Epochs, run.Steps, run.TrainingSeconds);
            models.Add((model, deployment.Served.Count > 0 ? null : $"{run.ModelId} v{version.Version} is {version.State} and serves nobody: {version.Reason ?? "it has no threshold"}"));
        }

        return models;
    }
}

/// <param name="Heard">The model was trained on these very bytes.</param>
/// <param name="Score">Null when it could not be scored.</param>
internal sealed record ScoredFile(string File, bool Heard, TestScore? Score);

/// <summary>What the services made of one device.</summary>
internal sealed record EvaluatedDevice(EvaluationDevice Device, ClipSpec Spec, TrainedModel? Model, string? Error, IReadOnlyList<ScoredFile> Files)
{
    /// <summary>Test recordings with their scores, by the folder that they stand in.</summary>
    public IReadOnlyList<ScoredClip> Clips()
    {
        var byFile = Files.ToDictionary(file => file.File);
        return
        [
            .. Device.Tests.SelectMany(set => set.Files
                .Where(file => byFile.GetValueOrDefault(file)?.Score is not null)
                .Select(file => new ScoredClip(set.Name, set.Faulty, file, byFile[file].Score!))),
        ];
    }

    public DeviceResult Result()
    {
        var clips = Clips();
        var tested = Device.Tests.Sum(set => set.Files.Count);
        return new(
            Device.Name, Device.Code, Spec, Error, Model, clips.Count(clip => clip.Faulty == false), clips.Count(clip => clip.Faulty == true),
            Error is null ? tested - clips.Count : 0, clips is [var any, ..] ? any.RankedBy : null, Quality.Of([.. clips.Where(clip => clip.Faulty is not null)]), Quality.Others(clips), Timelines());
    }

    private Dictionary<string, Timeline>? Timelines()
    {
        if (Device.Timeline.Count == 0 || Error is not null)
            return null;
        var byFile = Files.ToDictionary(file => file.File);
        var life = Device.Timeline.Select(file => byFile.GetValueOrDefault(file)).ToList();
        string[] names = [ScoredClip.Verdict, .. life.FirstOrDefault(file => file?.Score is not null)?.Score!.Detectors.Select(detector => detector.Detector) ?? []];
        return names.ToDictionary(name => name, name => Timeline.Of([.. life.Select(file => new LifeMoment(AlarmOf(file, name), file?.Heard ?? false))]));
    }

    private static bool? AlarmOf(ScoredFile? file, string detector) => file?.Score is { } score
        ? new ScoredClip("timeline", null, file.File, score).By(detector)?.Alarm
        : null;
}
