using Dapper;
using Platform.Contracts;
using Platform.Registry.Models;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.Runs;

public sealed class WatchdogTests(RegistryFixture registry) : RegistryTest(registry)
{
    private static readonly RunOptions Timeout = new();

    [Fact]
    public async Task A_silent_run_ends_as_failed_and_a_reported_one_goes_on()
    {
        var (silent, reported) = (await Registry.StartRun(await Registry.NewDevice()), await Registry.StartRun(await Registry.NewDevice()));
        await Registry.Publish(RegistryFixture.Progress(silent.Id, TrainingPhases.Training, 120, epoch: 3, loss: 0.5));
        await Eventually.Is(async () => (await Registry.GetRun(silent.Id)).State == RunStates.Running);
        await SilentFor(silent.Id, TimeSpan.FromMinutes(15));
        await SilentFor(reported.Id, TimeSpan.FromMinutes(14));

        var ended = await Endings().FailSilent(Timeout, CancellationToken);

        Assert.Contains(new SilentRun(silent.Id, silent.Name), ended);
        Assert.Equal(
            (RunStates.Failed, "No progress for 15 minutes; it was running in phase training at step 120 on host/1."),
            ((await Registry.GetRun(silent.Id)).State, (await Registry.GetRun(silent.Id)).Reason));
        Assert.Equal(RunStates.Queued, (await Registry.GetRun(reported.Id)).State);
        await Registry.StartRun(silent.Devices[0]);
    }

    [Fact]
    public async Task A_run_that_waits_for_a_free_trainer_is_not_silent_but_does_not_wait_for_ever()
    {
        var (waiting, given) = (await Registry.StartRun(await Registry.NewDevice()), await Registry.StartRun(await Registry.NewDevice()));
        foreach (var run in new[] { waiting, given })
            await Registry.Publish(RegistryFixture.Slice(run, slice: 1));
        await Eventually.Is(async () => (await Registry.GetRun(given.Id)).Phase == TrainingPhases.Waiting);
        await Eventually.Is(async () => (await Registry.GetRun(waiting.Id)).Phase == TrainingPhases.Waiting);
        await SilentFor(waiting.Id, TimeSpan.FromHours(23));
        await SilentFor(given.Id, TimeSpan.FromHours(25));

        await Endings().FailSilent(Timeout, CancellationToken);

        Assert.NotEqual(RunStates.Failed, (await Registry.GetRun(waiting.Id)).State);
        Assert.Equal("No progress for 1440 minutes; it was queued in phase waiting.", (await Registry.GetRun(given.Id)).Reason);
    }

    [Fact]
    public async Task A_slice_that_is_worked_on_is_not_turned_back_to_waiting_by_a_late_message()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        await Registry.Publish(RegistryFixture.Progress(run.Id, TrainingPhases.Training, 7, epoch: 1, loss: 0.5));
        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).Step == 7);

        await Registry.Publish(RegistryFixture.Slice(run, slice: 0));
        await Registry.Publish(RegistryFixture.Progress(run.Id, TrainingPhases.Training, 8, epoch: 1, loss: 0.5));

        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).Step == 8);
        Assert.Equal(TrainingPhases.Training, (await Registry.GetRun(run.Id)).Phase);
    }

    [Fact]
    public async Task Two_replicas_end_each_silent_run_once()
    {
        var runs = new List<Run>();
        for (var number = 0; number < 8; number++)
        {
            runs.Add(await Registry.StartRun(await Registry.NewDevice()));
            await SilentFor(runs[number].Id, TimeSpan.FromHours(1));
        }

        var ended = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Endings().FailSilent(Timeout, CancellationToken)));

        var ids = ended.SelectMany(some => some).Select(run => run.Id).Where(id => runs.Exists(run => run.Id == id)).ToList();
        Assert.Equal(runs.Select(run => run.Id).Order(), ids.Order());
    }

    [Fact]
    public async Task A_run_of_a_batch_that_waits_for_its_turn_is_not_silent_but_one_that_was_begun_is()
    {
        var (waits, begun) = (await Registry.StartRun(await Registry.NewDevice()), await Registry.StartRun(await Registry.NewDevice()));
        await using (var connection = await Registry.Database.OpenConnectionAsync(CancellationToken))
            await connection.ExecuteAsync("UPDATE run SET batch_id = gen_random_uuid() WHERE id = ANY (@ids)", new { ids = new[] { waits.Id, begun.Id } });
        await Registry.Publish(RegistryFixture.Progress(begun.Id, TrainingPhases.Preparing, sequence: 1));
        await Eventually.Is(async () => (await Registry.GetRun(begun.Id)).State == RunStates.Preparing);
        await SilentFor(waits.Id, TimeSpan.FromHours(1));
        await SilentFor(begun.Id, TimeSpan.FromHours(1));

        var ended = await Endings().FailSilent(Timeout, CancellationToken);

        Assert.Contains(ended, run => run.Id == begun.Id);
        Assert.DoesNotContain(ended, run => run.Id == waits.Id);
        await SilentFor(waits.Id, TimeSpan.FromDays(2));
        Assert.Contains(await Endings().FailSilent(Timeout, CancellationToken), run => run.Id == waits.Id);
    }

    [Fact]
    public async Task A_run_whose_publishing_stalled_ends_together_with_its_version()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        await using (var connection = await Registry.Database.OpenConnectionAsync(CancellationToken))
        await using (var transaction = await connection.BeginTransactionAsync(CancellationToken))
        {
            var version = await VersionStore.Reserve(connection, transaction, run.Id, DateTime.UtcNow, CancellationToken);
            await RunRegistration.Bind(connection, transaction, run.Id, version, DateTime.UtcNow, CancellationToken);
            await transaction.CommitAsync(CancellationToken);
        }

        await SilentFor(run.Id, TimeSpan.FromHours(1));
        await Endings().FailSilent(Timeout, CancellationToken);

        var model = await Registry.GetModel(run.ModelId);
        Assert.Equal((VersionStates.Rejected, false), (model.Versions[0].State, model.Versions[0].Accepted));
        Assert.StartsWith("Its package was not published: No progress for 15 minutes", model.Versions[0].Reason, StringComparison.Ordinal);
        Assert.Equal(("watchdog", VersionStates.Rejected), (model.History[^1].Actor, model.History[^1].State));
        Assert.Equal(2, (await Registry.Complete(await Registry.StartRun(run.Devices[0]))).Version);
    }

    [Fact]
    public async Task The_service_itself_ends_silent_runs_and_marks_them_for_whoever_still_works()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());

        // A replica of its own, as impatient as the test; it may end other runs of this class's database only when they are silent too.
        await using var impatient = await Registry.Start(("Registry__RunTimeout", "00:00:02"));

        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).State == RunStates.Failed, TimeSpan.FromSeconds(20));
        await Eventually.Is(async () => await Registry.Objects.Find($"runs/{run.Name}/cancelled", CancellationToken) is not null);
        Assert.StartsWith("No progress for 0.03 minutes; it was queued", (await Registry.GetRun(run.Id)).Reason, StringComparison.Ordinal);
        Assert.Equal(0, await impatient.Stop());
    }

    private RunEndings Endings() => new(Registry.Database, Registry.Objects, TimeProvider.System);

    private async Task SilentFor(Guid runId, TimeSpan time)
    {
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        await connection.ExecuteAsync("UPDATE run SET progressed_at = now() - @time WHERE id = @runId", new { runId, time });
    }
}
