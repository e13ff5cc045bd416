using System.Runtime.CompilerServices;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.Recordings;

namespace Platform.Cli.Demo;

/// <summary>The scores that the predictor gave to recordings.</summary>
internal static class TestScores
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>
    /// New recordings are scored on their way through the platform, and so are waited for. One that was archived before keeps the
    /// prediction of its time, so it is sent to the present model.
    /// </summary>
    public static async Task<Dictionary<(string Device, Guid Recording), TestScore>> Collect(
        PlatformClient client, IReadOnlyList<UploadResult> recordings, ProgressLine progress, CancellationToken cancellationToken)
    {
        var scores = new Dictionary<(string, Guid), TestScore>();
        foreach (var known in recordings.Where(recording => recording.Known))
        {
            var score = await client.Score(known.Upload.Device, known.Upload.File, cancellationToken);
            scores[(known.Upload.Device, known.Id!.Value)] = new(score.Value, score.Threshold, score.IsAnomalous, score.Version);
            progress.Set(scores.Count, recordings.Count, $"{scores.Count} of {recordings.Count} recordings");
        }

        var awaited = recordings.Where(recording => !recording.Known).GroupBy(recording => recording.Upload.Device)
            .ToDictionary(group => group.Key, group => group.Select(recording => recording.Id!.Value).ToHashSet());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (awaited.Values.Any(ids => ids.Count > 0))
        {
            foreach (var (device, ids) in awaited.Where(device => device.Value.Count > 0))
            {
                await foreach (var prediction in Predictions(client, device, cancellationToken))
                {
                    if (ids.Remove(prediction.RecordingId))
                        scores[(device, prediction.RecordingId)] =
                            new(prediction.Score, prediction.Threshold, prediction.Verdict == Verdicts.Anomalous, prediction.Version);
                    if (ids.Count == 0)
                        break;
                }
            }

            progress.Set(scores.Count, recordings.Count, $"{scores.Count} of {recordings.Count} recordings");
            await Tick(timer, awaited, limit, cancellationToken);
        }

        return scores;
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
                $"{awaited.Values.Sum(ids => ids.Count)} recordings were not scored within {Limit.TotalMinutes:0} minutes, among them {missing.Value.First()} of {missing.Key}; ./platform status shows the queues.");
        }
    }
}
