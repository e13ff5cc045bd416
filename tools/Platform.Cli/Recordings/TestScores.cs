using System.Runtime.CompilerServices;
using Platform.Cli.Client;
using Platform.Cli.Output;

namespace Platform.Cli.Recordings;

/// <param name="Threshold">Of the version that scored it.</param>
/// <param name="Detectors">Every detector of the model, with its own threshold.</param>
internal sealed record TestScore(double Score, double Threshold, bool Anomalous, int Version, IReadOnlyList<DetectorScore> Detectors);

/// <summary>The scores that the predictor gave to recordings.</summary>
internal static class TestScores
{
    private const int TicksPerQuestion = 5;
    private static readonly TimeSpan LongestStall = TimeSpan.FromMinutes(5);

    /// <summary>
    /// New recordings are scored on their way through the platform, and so are waited for. One that was archived before keeps the
    /// prediction of its time, so it is sent to the present model. A recording that cannot be scored, because it is shorter than a
    /// window for example, is missing in the answer and said.
    /// </summary>
    public static async Task<Dictionary<(string Device, Guid Recording), TestScore>> Collect(
        PlatformClient client, IReadOnlyList<UploadResult> recordings, Report report, ProgressLine progress, CancellationToken cancellationToken)
    {
        var unusable = new List<string>();
        var scores = new Dictionary<(string, Guid), TestScore>();
        foreach (var known in recordings.Where(recording => recording.Known))
        {
            if (await client.GetRecording(known.Id!.Value, cancellationToken) is { Reason: { } reason })
            {
                unusable.Add(reason);
                continue;
            }

            var score = await client.Score(known.Upload.Device, known.Upload.File, cancellationToken);
            scores[(known.Upload.Device, known.Id!.Value)] = new(score.Value, score.Threshold, score.IsAnomalous, score.Version, score.Detectors);
            progress.Set(scores.Count, recordings.Count, $"{scores.Count} of {Shown.Count(recordings.Count, "recording")}");
        }

        var awaited = recordings.Where(recording => !recording.Known).GroupBy(recording => recording.Upload.Device)
            .ToDictionary(group => group.Key, group => group.Select(recording => recording.Id!.Value).ToHashSet());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestStall);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (var tick = 1; awaited.Values.Any(ids => ids.Count > 0); tick++)
        {
            var before = scores.Count + unusable.Count;
            if (tick % TicksPerQuestion == 0)
                unusable.AddRange(await RemoveUnusable(client, awaited, cancellationToken));
            foreach (var (device, ids) in awaited.Where(device => device.Value.Count > 0))
            {
                await foreach (var prediction in Predictions(client, device, cancellationToken))
                {
                    if (ids.Remove(prediction.RecordingId))
                        scores[(device, prediction.RecordingId)] = new(
                            prediction.Score, prediction.Threshold, prediction.Verdict == Verdicts.Anomalous, prediction.Version, prediction.Detectors);
                    if (ids.Count == 0)
                        break;
                }
            }

            if (scores.Count + unusable.Count > before)
                limit.CancelAfter(LongestStall);
            progress.Set(scores.Count, recordings.Count, $"{scores.Count} of {Shown.Count(recordings.Count, "recording")}");
            await Tick(timer, awaited, limit, cancellationToken);
        }

        foreach (var reason in unusable.GroupBy(reason => reason))
            report.Line($"{Shown.Count(reason.Count(), "recording")} could not be scored: {reason.Key}");
        return scores;
    }

    /// <summary>Strikes out what will never be scored; ingest knows why.</summary>
    private static async Task<IReadOnlyList<string>> RemoveUnusable(
        PlatformClient client, Dictionary<string, HashSet<Guid>> awaited, CancellationToken cancellationToken)
    {
        var reasons = new List<string>();
        foreach (var ids in awaited.Values)
        {
            foreach (var chunk in ids.Chunk(8).ToList())
            {
                var recordings = await Task.WhenAll(chunk.Select(id => client.GetRecording(id, cancellationToken)));
                foreach (var recording in recordings.Where(recording => recording.Reason is not null))
                {
                    ids.Remove(recording.Id);
                    reasons.Add(recording.Reason!);
                }
            }
        }

        return reasons;
    }

    private static async IAsyncEnumerable<Prediction> Predictions(
        PlatformClient client, string device, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int page = 500;
        for (Guid? after = null; ;)
        {
            var predictions = await client.GetPredictions(device, page, after, cancellationToken);
            foreach (var prediction in predictions)
                yield return prediction;
            if (predictions.Count < page)
                yield break;
            after = predictions[^1].RecordingId;
        }
    }

    private static async Task Tick(
        PeriodicTimer timer, Dictionary<string, HashSet<Guid>> awaited, CancellationTokenSource limit, CancellationToken cancellationToken)
    {
        try
        {
            await timer.WaitForNextTickAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var missing = awaited.First(device => device.Value.Count > 0);
            throw new PlatformException(
                $"{awaited.Values.Sum(ids => ids.Count)} recordings were not scored and none was for {LongestStall.TotalMinutes:0} minutes, among them {missing.Value.First()} of {missing.Key}; ./platform status shows the queues.");
        }
    }
}
