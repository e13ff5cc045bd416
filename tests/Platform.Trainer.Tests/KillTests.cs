using System.Diagnostics;
using System.Globalization;
using System.Text;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Trainer.Tests;

/// <summary>
/// Resuming equals never having stopped: trainers are killed at random moments and between any two files that they write, and the
/// weights are those of the run that was left alone. <c>PLATFORM_KILLS=50</c> kills as often, <c>PLATFORM_KILL_SEED=7</c> elsewhere.
/// </summary>
public sealed class KillTests(TestVhost vhost, TestBucket bucket, ITestOutputHelper output) : TrainerProcessTest(vhost, bucket)
{
    private static readonly int Kills = Setting("PLATFORM_KILLS", 5);
    private static readonly int Seed = Setting("PLATFORM_KILL_SEED", 1);

    // The sixth start in a row without a new checkpoint fails the run, as it should: four deaths leave one to spare.
    private const int MostIdleDeaths = 4;

    private static readonly TrainingParameters Parameters = new() { MaxSteps = 300, Patience = 300, BatchSize = 16, Seed = 9, Threads = 1 };

    [Fact]
    public async Task Killed_wherever_it_may_be_a_run_ends_in_the_weights_of_the_one_that_never_stopped()
    {
        var clock = Stopwatch.StartNew();
        output.WriteLine($"{Kills} kills, seed {Seed}");
        var dataset = new TestDataset(40, ["LT-2"]);
        var undisturbed = await dataset.Store(_store, "undisturbed", Parameters);
        await using (var trainer = await StartTrainer(checkpointSeconds: 30))
        {
            await _bus.Publish(undisturbed, Guid.NewGuid());
            await Completed(undisturbed, trainer);
        }

        await using var proxy = await StoreProxy.Start(TestServers.S3);
        using var points = KillPoint.Draw(new Random(Seed)).GetEnumerator();
        points.MoveNext();
        var (kills, runs) = (0, 0);
        while (kills < Kills)
        {
            var message = await dataset.Store(_store, $"killed-{++runs}", Parameters);
            await _bus.Publish(message, Guid.NewGuid());
            kills = await KillUntilItEnds(proxy, message, points, kills);

            Assert.Equal(await WeightsHash("undisturbed"), await WeightsHash(message.RunName));
            var results = _bus.Received<TrainingCompleted>().Where(completed => completed.RunId == message.RunId).ToList();
            var package = await Artifacts.Read(_store, $"runs/{message.RunName}/package", null, Ct);
            Assert.All(results, result => Assert.Equal(package.ManifestSha256, result.PackageManifestSha256));
        }

        output.WriteLine($"{kills} kills in {runs} runs and {clock.Elapsed.TotalSeconds:f0} s: the same weights, {await WeightsHash("undisturbed")}");
    }

    [Fact]
    public async Task Five_deaths_in_a_row_without_a_new_checkpoint_fail_the_run_with_that_reason()
    {
        var message = await new TestDataset(10, ["LT-2"]).Store(_store, "deadly", Parameters);
        await using var proxy = await StoreProxy.Start(TestServers.S3);
        await using (await StartTrainer())
        {
            // makes the queue: what is published before there is one goes nowhere, and this test may be the first of its class
        }

        await _bus.Publish(message, Guid.NewGuid());
        var atOnce = new KillPoint.Boundary(KillPoint.Start, 1, After: true);
        for (var death = 1; death <= 5; death++)
        {
            await using var doomed = new DoomedTrainer(proxy, Settings(endpoint: proxy.Endpoint), message.RunName, atOnce, mayDieIdle: true);
            Assert.EndsWith($"starts/00000{death}", await doomed.Killed.WaitAsync(Long, Ct), StringComparison.Ordinal);
        }

        await using var trainer = await StartTrainer();
        await Eventually.Is(() => _bus.Received<TrainingFailed>().Any(failed => failed.RunId == message.RunId), Long);

        var reason = _bus.Received<TrainingFailed>().First(failed => failed.RunId == message.RunId).Reason;
        Assert.Contains("5 attempts in a row came to no new checkpoint", reason, StringComparison.Ordinal);
        Assert.Contains("\"delivery\":4", Encoding.UTF8.GetString(await _store.ReadAll("runs/deadly/starts/000005", Ct)), StringComparison.Ordinal); // what the broker counts
    }

    [Fact]
    public async Task An_outage_of_the_store_is_waited_out()
    {
        var message = await new TestDataset(40, ["LT-2"]).Store(_store, "outage", Parameters);
        await using var proxy = await StoreProxy.Start(TestServers.S3);
        var reached = new TaskCompletionSource();
        var retried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var away = false;
        proxy.Before = request =>
        {
            if (away && request.Key == "runs/outage/package/manifest.json")
                retried.TrySetResult(); // what every attempt asks for first
            if (!request.Key.StartsWith("runs/outage/checkpoints/", StringComparison.Ordinal) || !reached.TrySetResult())
                return Task.FromResult(!away);
            away = true;
            return Task.FromResult(false);
        };

        await using var trainer = await ServiceProcess.Start("trainer", Settings(checkpointSeconds: 1, proxy.Endpoint));
        await _bus.Publish(message, Guid.NewGuid());
        await reached.Task.WaitAsync(Long, Ct);
        await retried.Task.WaitAsync(Long, Ct); // the client's own retries were not enough
        away = false;
        await Completed(message, trainer);

        Assert.InRange((await Keys("runs/outage/starts/")).Count(key => !key.EndsWith(".error", StringComparison.Ordinal)), 2, 5);
    }

    /// <returns>How many kills there were by then.</returns>
    private async Task<int> KillUntilItEnds(StoreProxy proxy, TrainRequested message, IEnumerator<KillPoint> points, int kills)
    {
        var idle = 0;
        while (true)
        {
            // Once there are enough, nothing of the kind is ever reached.
            var point = kills < Kills ? points.Current : new KillPoint.Moment(int.MaxValue);
            await using var trainer = new DoomedTrainer(proxy, Settings(endpoint: proxy.Endpoint), message.RunName, point, mayDieIdle: idle < MostIdleDeaths);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            var ended = Ended(message, trainer, stop.Token);
            if (await Task.WhenAny(trainer.Killed, ended) == ended)
            {
                await ended;
                return kills;
            }

            await stop.CancelAsync();
            idle = trainer.CameFurther ? 0 : idle + 1;
            var diedOf = await trainer.Killed;
            output.WriteLine($"{++kills,4}  {point}: {diedOf}");
            points.MoveNext();
        }
    }

    private async Task Ended(TrainRequested message, DoomedTrainer trainer, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (!_bus.Received<TrainingCompleted>().Any(completed => completed.RunId == message.RunId))
        {
            var failed = _bus.Received<TrainingFailed>().FirstOrDefault(failed => failed.RunId == message.RunId);
            Assert.True(failed is null, $"{message.RunName} failed: {failed?.Reason}\n{trainer.Log}");
            Assert.True(clock.Elapsed < 2 * Long, $"{message.RunName} did not end.\n{trainer.Log}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }
    }

    private static int Setting(string name, int otherwise) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
        ? int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture)
        : otherwise;
}
