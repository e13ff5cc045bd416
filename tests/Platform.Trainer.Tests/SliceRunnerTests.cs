using System.Security.Cryptography;
using System.Text.Json;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Testing;
using Platform.Trainer.Slices;

namespace Platform.Trainer.Tests;

/// <summary>Who works on a run, for how long, and what is left when somebody dies.</summary>
public sealed class SliceRunnerTests(TestVhost vhost) : SliceRunnerTest(vhost)
{
    // A fifth of a second: several slices for the shortest of runs, each with a checkpoint.
    private static readonly TrainerOptions ShortSlices = new() { SliceMinutes = 0.2 / 60 };

    [Fact]
    public async Task Slices_of_a_run_end_in_the_same_weights_as_one_long_one()
    {
        using var worker = NewWorker();
        using var sliced = NewWorker(ShortSlices);
        var parameters = Quick with { MaxSteps = 600, Patience = 600 };
        var dataset = new TestDataset(40, ["LT-2"]);

        var (whole, _) = await worker.RunToEnd(await dataset.Store(_store, "whole", parameters));
        var (parts, messages) = await sliced.RunToEnd(await dataset.Store(_store, "parts", parameters));

        Assert.True(messages > 1, "The run must not fit into one slice.");
        Assert.Equal(await WeightsHash(whole), await WeightsHash(parts));
        Assert.Equal(messages, (await Keys("runs/parts/slices/")).Count);
    }

    [Fact]
    public async Task A_second_message_for_a_slice_is_dropped_and_the_first_may_come_again()
    {
        using var worker = NewWorker();
        var message = await new TestDataset(10, ["LT-2"]).Store(_store, "run", Quick);
        var run = new RunKeys("run");
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());

        Assert.True(await SliceClaims.TryClaim(_store, run, 0, first, Ct));
        Assert.IsType<SliceOutcome.Dropped>(await worker.Run(message, second));
        Assert.IsType<SliceOutcome.Completed>(await worker.Run(message, first));
    }

    [Fact]
    public async Task A_slice_whose_continuation_was_taken_is_dropped_when_it_comes_again()
    {
        var run = new RunKeys("run");
        var first = Guid.NewGuid();

        Assert.True(await SliceClaims.TryClaim(_store, run, 0, first, Ct));
        Assert.True(await SliceClaims.TryClaim(_store, run, 0, first, Ct));
        Assert.True(await SliceClaims.TryClaim(_store, run, 1, Guid.NewGuid(), Ct));
        Assert.False(await SliceClaims.TryClaim(_store, run, 0, first, Ct));
    }

    [Fact]
    public async Task A_completed_run_announces_the_same_result_to_any_further_message()
    {
        using var worker = NewWorker();
        var message = await new TestDataset(10, ["LT-2"]).Store(_store, "run", Quick);
        var first = Assert.IsType<SliceOutcome.Completed>(await worker.Run(message));
        var keys = await Keys("runs/run/");

        var again = Assert.IsType<SliceOutcome.Completed>(await worker.Run(message));

        Assert.Equal(JsonSerializer.Serialize(first.Result), JsonSerializer.Serialize(again.Result));
        Assert.Equal(keys, await Keys("runs/run/"));
    }

    [Fact]
    public async Task A_cancelled_run_stops_within_seconds_and_announces_nothing()
    {
        using var worker = NewWorker();
        var message = await new TestDataset(40, ["LT-2"]).Store(_store, "run", Quick with { MaxSteps = 1_000_000, Patience = 1_000_000 });

        var working = worker.Run(message);
        await Eventually.Is(() => _bus.Received<TrainingProgressed>().Any(progress => progress.RunId == message.RunId && progress.Step > 5));
        await _store.TryCreate("runs/run/cancelled", Array.Empty<byte>(), Ct);

        var dropped = Assert.IsType<SliceOutcome.Dropped>(await working.WaitAsync(TimeSpan.FromSeconds(60), Ct));
        Assert.Contains("cancelled", dropped.Reason, StringComparison.Ordinal);
        Assert.IsType<SliceOutcome.Dropped>(await worker.Run(message with { Slice = 1 }));
        var metadata = JsonDocument.Parse(await _store.ReadAll("runs/run/metadata.json", Ct)).RootElement;
        Assert.Equal("cancelled", metadata.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.String, metadata.GetProperty("started_at").ValueKind);
        Assert.Equal(JsonValueKind.String, metadata.GetProperty("libtorch_version").ValueKind);
    }

    [Fact]
    public async Task A_run_cancelled_in_the_queue_is_dropped_when_it_comes_and_says_so_in_its_folder()
    {
        using var worker = NewWorker();
        var message = await new TestDataset(10, ["LT-2"]).Store(_store, "run", Quick);
        await _store.TryCreate("runs/run/cancelled", Array.Empty<byte>(), Ct);

        var dropped = Assert.IsType<SliceOutcome.Dropped>(await worker.Run(message));
        var again = Assert.IsType<SliceOutcome.Dropped>(await worker.Run(message));

        Assert.Equal(dropped, again);
        Assert.Contains("cancelled", dropped.Reason, StringComparison.Ordinal);
        Assert.Equal(["cancelled", "metadata.json"], await Keys("runs/run/"));
        var metadata = JsonDocument.Parse(await _store.ReadAll("runs/run/metadata.json", Ct)).RootElement;
        Assert.Equal(("cancelled", JsonValueKind.Null), (metadata.GetProperty("status").GetString(), metadata.GetProperty("started_at").ValueKind));
    }

    [Fact]
    public async Task A_run_cancelled_while_its_dataset_is_fetched_stops_fetching()
    {
        var run = new RunKeys("run");
        var stopped = new TaskCompletionSource();
        var fetching = CancelMarker.During<object>(
            _store, run,
            async token =>
            {
                await using var registration = token.Register(stopped.SetResult);
                await Task.Delay(Timeout.Infinite, token);
                return this;
            },
            Ct);

        await _store.TryCreate(run.Cancelled, Array.Empty<byte>(), Ct);

        Assert.Null(await fetching.WaitAsync(TimeSpan.FromSeconds(60), Ct));
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(60), Ct);
        Assert.Same(run, await CancelMarker.During(_store, run, _ => Task.FromResult(run), Ct)); // what is faster than a look at the marker
    }

    [Fact]
    public async Task A_stopping_worker_checkpoints_and_hands_on()
    {
        using var worker = NewWorker();
        var message = await new TestDataset(40, ["LT-2"]).Store(_store, "run", Quick with { MaxSteps = 1_000_000, Patience = 1_000_000 });

        var working = worker.Run(message);
        await Eventually.Is(() => _bus.Received<TrainingProgressed>().Any(progress => progress.RunId == message.RunId && progress.Step > 5));
        worker.Lifetime.StopApplication();
        var continued = Assert.IsType<SliceOutcome.Continued>(await working.WaitAsync(TimeSpan.FromSeconds(60), Ct));

        Assert.Equal((1, 0), (continued.Next.Slice, continued.Next.Attempt));
        Assert.Contains(await Keys("runs/run/checkpoints/"), key => key.EndsWith("manifest.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_damaged_checkpoint_is_passed_over_for_the_one_before()
    {
        using var worker = NewWorker();
        using var sliced = NewWorker(ShortSlices);
        var parameters = Quick with { MaxSteps = 600, Patience = 600 };
        var dataset = new TestDataset(40, ["LT-2"]);
        var whole = await worker.Run(await dataset.Store(_store, "whole", parameters));
        var continued = Assert.IsType<SliceOutcome.Continued>(await sliced.Run(await dataset.Store(_store, "run", parameters)));
        continued = Assert.IsType<SliceOutcome.Continued>(await sliced.Run(continued.Next));
        int[] steps = [.. (await Keys("runs/run/checkpoints/")).Where(key => key.EndsWith("manifest.json", StringComparison.Ordinal))
            .Select(key => int.Parse(key.Split('/')[0]["checkpoint-".Length..], provider: null))];
        Assert.Equal(2, steps.Length);

        var damaged = Path.Combine(_folder.Path, "runs", "run", "checkpoints", $"checkpoint-{steps.Max()}", "optimizer.pth");
        var bytes = await File.ReadAllBytesAsync(damaged, Ct);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(damaged, bytes, Ct);
        var (end, _) = await sliced.RunToEnd(continued.Next);

        Assert.Equal(await WeightsHash(whole), await WeightsHash(end));
    }

    [Fact]
    public async Task Of_two_workers_that_believe_they_own_a_run_the_one_that_started_first_stops()
    {
        using var frozen = NewWorker(new TrainerOptions { CheckpointSeconds = 0.5 });
        var message = await new TestDataset(40, ["LT-2"]).Store(_store, "run", Quick with { MaxSteps = 1_000_000, Patience = 1_000_000 });

        var working = frozen.Run(message);
        await Eventually.Is(async () => await _store.Find("runs/run/starts/000001", Ct) is not null);
        await Starts(slice: 0, delivery: 1).Next(step: 0, DateTimeOffset.UtcNow, Ct);

        var dropped = Assert.IsType<SliceOutcome.Dropped>(await working.WaitAsync(TimeSpan.FromSeconds(60), Ct));
        Assert.Contains("taken over", dropped.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_late_start_of_a_slice_before_does_not_take_a_run_away()
    {
        var mine = Starts(slice: 3, delivery: 1);
        await mine.Next(step: 40, DateTimeOffset.UtcNow, Ct);
        var late = Starts(slice: 2, delivery: 4);
        var frozenBeforeItsStart = Starts(slice: 3, delivery: 0);

        await late.Next(step: 40, DateTimeOffset.UtcNow, Ct);
        await frozenBeforeItsStart.Next(step: 40, DateTimeOffset.UtcNow, Ct);
        Assert.False(await mine.Superseded(Ct));
        Assert.True(await late.Superseded(Ct));
        Assert.True(await frozenBeforeItsStart.Superseded(Ct));
        await Starts(slice: 3, delivery: 1).Next(step: 40, DateTimeOffset.UtcNow, Ct);
        Assert.True(await mine.Superseded(Ct));
    }

    [Fact]
    public async Task A_checkpoint_that_a_dead_worker_left_at_the_same_step_does_not_stop_the_run()
    {
        using var worker = NewWorker();
        var dataset = new TestDataset(40, ["LT-2"]);
        var parameters = Quick with { MaxSteps = 400, Patience = 400 };
        var whole = await worker.Run(await dataset.Store(_store, "whole", parameters));
        var left = await Artifacts.Read(_store, "runs/whole/checkpoints/checkpoint-400", null, Ct);

        var working = worker.Run(await dataset.Store(_store, "run", parameters));
        await Eventually.Is(async () => await _store.Find("runs/run/starts/000001", Ct) is not null);
        await Artifacts.Publish(
            _store, "runs/run/checkpoints/checkpoint-400", left.Files.ToDictionary(file => file.Key, file => (ReadOnlyMemory<byte>)file.Value), Ct);

        Assert.Equal(await WeightsHash(whole), await WeightsHash(await working));
    }

    [Fact]
    public async Task Five_starts_without_a_new_checkpoint_fail_the_run()
    {
        using var worker = NewWorker();
        var message = await new TestDataset(10, ["LT-2"]).Store(_store, "run", Quick);
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            var start = Starts(slice: 0, delivery: attempt - 1);
            Assert.Equal(attempt, await start.Next(step: 0, DateTimeOffset.UtcNow, Ct));
            if (attempt == 4)
                await start.Failed("no memory", Ct);
        }

        var failed = Assert.IsType<SliceOutcome.Failed>(await worker.Run(message)).Result;
        var again = Assert.IsType<SliceOutcome.Failed>(await worker.Run(message)).Result;

        Assert.Contains("5 attempts", failed.Reason, StringComparison.Ordinal);
        Assert.Contains("no memory", failed.Reason, StringComparison.Ordinal);
        Assert.Equal(failed, again);
    }

    [Fact]
    public async Task A_new_checkpoint_starts_the_count_of_attempts_anew()
    {
        for (var attempt = 1; attempt <= 5; attempt++)
            await NextStart(step: 0);

        Assert.Null(await NextStart(step: 0));
        Assert.Equal(1, await NextStart(step: 40));
        Assert.Equal(2, await NextStart(step: 40));

        Task<int?> NextStart(int step) => Starts(slice: 0, delivery: 0).Next(step, DateTimeOffset.UtcNow, Ct);
    }

    [Fact]
    public async Task A_slice_delivered_again_after_progress_is_handed_on_at_once_and_starts_no_attempt()
    {
        using var worker = NewWorker();
        using var sliced = NewWorker(ShortSlices);
        var parameters = Quick with { MaxSteps = 600, Patience = 600 };
        var dataset = new TestDataset(40, ["LT-2"]);
        var whole = await worker.Run(await dataset.Store(_store, "whole", parameters));
        var message = await dataset.Store(_store, "run", parameters);
        var id = Guid.NewGuid();

        // The checkpoint is there, the continuation never left: the worker was killed in between.
        Assert.IsType<SliceOutcome.Continued>(await sliced.Run(message, id));
        var handedOn = Assert.IsType<SliceOutcome.Continued>(await worker.Run(message, id, delivery: 1));
        var again = Assert.IsType<SliceOutcome.Continued>(await worker.Run(message, id, delivery: 2));

        Assert.Equal((1, 1), (handedOn.Next.Slice, again.Next.Slice));
        Assert.Equal(["000001"], await Keys("runs/run/starts/"));
        var end = await worker.Run(handedOn.Next);
        Assert.IsType<SliceOutcome.Completed>(await worker.Run(again.Next)); // a run that has ended says so to every message
        Assert.Equal(await WeightsHash(whole), await WeightsHash(end));
        Assert.Equal(["000001", "000002"], await Keys("runs/run/starts/"));
    }

    [Fact]
    public async Task A_dataset_that_is_not_the_one_meant_fails_the_run()
    {
        using var worker = NewWorker();
        var message = await new TestDataset(10, ["LT-2"]).Store(_store, "run", Quick);

        var failed = Assert.IsType<SliceOutcome.Failed>(await worker.Run(message with { DatasetManifestSha256 = new string('0', 64) })).Result;

        Assert.Contains(message.DatasetManifestKey, failed.Reason, StringComparison.Ordinal);
    }

    private RunStarts Starts(int slice, int delivery) => new(_store, new RunKeys("run"), slice, delivery);

    private async Task<string> WeightsHash(SliceOutcome outcome)
    {
        var package = Assert.IsType<SliceOutcome.Completed>(outcome).Result.PackagePrefix;
        return Convert.ToHexStringLower(SHA256.HashData(await _store.ReadAll($"{package}/model.pth", Ct)));
    }
}
