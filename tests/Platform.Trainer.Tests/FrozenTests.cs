using System.Globalization;
using System.Text.Json;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;
using Platform.Trainer.Results;
using Platform.Trainer.Training;

namespace Platform.Trainer.Tests;

/// <summary>
/// Two replicas that believe they own a run, since one of them was frozen until the broker gave its message to the other.
/// <c>PLATFORM_FREEZE_SECONDS=60</c> freezes for so long and leaves it to the broker to notice; otherwise the connection is cut.
/// </summary>
public sealed class FrozenTests(TestVhost vhost, TestBucket bucket, ITestOutputHelper output) : TrainerProcessTest(vhost, bucket)
{
    private static readonly int Seconds =
        int.Parse(Environment.GetEnvironmentVariable("PLATFORM_FREEZE_SECONDS") is { Length: > 0 } seconds ? seconds : "0", CultureInfo.InvariantCulture);

    // How the frozen one may end: it sees the other's start, or the bus tells it first, or there is only the same end to announce again.
    private static readonly string[] Ends = ["has taken over the run", "has taken its message back", " completed after "];

    private static readonly TrainingParameters Parameters = new() { MaxSteps = 200, Patience = 200, BatchSize = 16, Seed = 9, Threads = 1 };

    [Theory]
    [InlineData("PUT", "starts/", false)] // before its own start is known
    [InlineData("PUT", "checkpoints/", true)] // before a checkpoint
    [InlineData("COPY", "checkpoints/", false)] // in the middle of one, with the other in the middle of the run
    [InlineData("COPY", "package/", true)] // at the end
    public async Task One_result_and_nothing_mixed(string method, string where, bool untilTheOtherHasFinished)
    {
        var dataset = new TestDataset(40, ["LT-2"]);
        var message = await dataset.Store(_store, $"frozen-{Guid.NewGuid():N}", Parameters);
        await using var store = await StoreProxy.Start(TestServers.S3);
        var broker = new UriBuilder(Vhost.Uri);
        await using var cable = new TcpProxy(broker.Host, broker.Port);
        broker.Port = cable.Port;
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        store.Before = async request =>
        {
            if (request.Method == method && request.Key.StartsWith($"runs/{message.RunName}/{where}", StringComparison.Ordinal) && reached.TrySetResult())
                await goOn.Task;
            return true;
        };

        // 1. The first replica stops in the middle of a request, and the broker gives the message to the second.
        await using var frozen = await ServiceProcess.Start("trainer", Settings(checkpointSeconds: 1, store.Endpoint, broker.Uri.AbsoluteUri));
        await _bus.Publish(message, Guid.NewGuid());
        await reached.Task.WaitAsync(Long, Ct);
        await frozen.Freeze();
        await using var other = await StartTrainer(checkpointSeconds: 1);
        if (Seconds == 0)
            await cable.Close();
        else
            await Task.Delay(TimeSpan.FromSeconds(Seconds), Ct);
        if (untilTheOtherHasFinished)
            await Completed(message, other);
        else
            await Eventually.Is(() => other.Log.Contains(" starts at step ", StringComparison.Ordinal), Long);

        // 2. It wakes up and believes that nothing has happened.
        if (Seconds == 0)
            cable.Open();
        await frozen.Thaw();
        goOn.SetResult();
        await Completed(message, other);
        try
        {
            await Eventually.Is(() => Ends.Any(end => frozen.Log.Contains(end, StringComparison.Ordinal)), Long);
        }
        finally
        {
            output.WriteLine(string.Join('\n', frozen.Log.Split('\n').Where(line => line.Contains(message.RunName, StringComparison.Ordinal))));
        }

        await AssertOneResult(message);
        Assert.Equal(await Undisturbed(dataset, other), await WeightsHash(message.RunName));
        if (where is "starts/" or "checkpoints/")
            Assert.DoesNotContain($"Run {message.RunName} completed after ", frozen.Log, StringComparison.Ordinal);
    }

    private async Task AssertOneResult(TrainRequested message)
    {
        var run = $"runs/{message.RunName}";
        var package = await Artifacts.Read(_store, $"{run}/package", null, Ct);
        var metrics = Points(await _store.ReadAll($"{run}/logs/metrics.json", Ct));
        var checkpoints = (await Keys($"{run}/checkpoints/checkpoint-")).Where(key => key.Split('/') is [_, Artifacts.ManifestName]).ToList();
        Assert.NotEmpty(checkpoints);
        foreach (var checkpoint in checkpoints)
        {
            var state = Checkpoint.FromFiles((await Artifacts.Read(_store, $"{run}/checkpoints/checkpoint-{checkpoint.Split('/')[0]}", null, Ct)).Files).State;
            Assert.Equal(metrics.Take(state.Metrics.Count), state.Metrics.Select(point => (point.Step, point.ValidationLoss)));
        }

        Assert.All(
            _bus.Received<TrainingCompleted>().Where(completed => completed.RunId == message.RunId),
            completed => Assert.Equal(package.ManifestSha256, completed.PackageManifestSha256));
        Assert.DoesNotContain(_bus.Received<TrainingFailed>(), failed => failed.RunId == message.RunId);
    }

    private async Task<string> Undisturbed(TestDataset dataset, ServiceProcess trainer)
    {
        var message = await dataset.Store(_store, "undisturbed", Parameters);
        if (await _store.Find("runs/undisturbed/package/manifest.json", Ct) is null)
        {
            await _bus.Publish(message, Guid.NewGuid());
            await Completed(message, trainer);
        }

        return await WeightsHash("undisturbed");
    }

    private static List<(int Step, double? ValidationLoss)> Points(byte[] metrics) =>
        [.. JsonSerializer.Deserialize<List<MetricPoint>>(metrics, RunJson.File)!.Select(point => (point.Step, point.ValidationLoss))];
}
