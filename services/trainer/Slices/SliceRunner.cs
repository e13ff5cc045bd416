using Platform.Contracts;
using Platform.Hosting;
using Platform.Trainer.Datasets;
using Platform.Trainer.Results;
using Platform.Trainer.Training;

namespace Platform.Trainer.Slices;

/// <summary>Works on one slice of a run: claim, resume, train, checkpoint, hand on or finish.</summary>
internal sealed partial class SliceRunner(
    IObjectStore store,
    DatasetLoader datasets,
    TrainingThread thread,
    IHostApplicationLifetime lifetime,
    ProgressReports reports,
    TrainerMeter meter,
    TrainerOptions options,
    TimeProvider time,
    ILogger<SliceRunner> logger)
{
    internal async Task<SliceOutcome> Run(TrainRequested message, Guid messageId, CancellationToken cancellationToken)
    {
        var run = new RunKeys(message.RunName);
        var results = new RunResults(store, run, message);
        if (await results.FindEnd(cancellationToken) is { } end)
            return end;
        if (await store.Find(run.Cancelled, cancellationToken) is not null)
            return new SliceOutcome.Dropped("the run was cancelled.");
        if (!await SliceClaims.TryClaim(store, run, message.Slice, messageId, cancellationToken))
            return new SliceOutcome.Dropped("another message has this slice.");

        try
        {
            return await Work(message, run, results, cancellationToken);
        }
        catch (Exception exception) when (exception is PermanentException or InvalidDataException or ObjectNotFoundException or TrainingDivergedException)
        {
            // No other attempt can end otherwise: the run has failed, which is its result.
            return await results.Fail(exception.Message, time.GetUtcNow(), cancellationToken);
        }
    }

    private async Task<SliceOutcome> Work(TrainRequested message, RunKeys run, RunResults results, CancellationToken cancellationToken)
    {
        var deadline = time.GetUtcNow() + options.Slice;
        var report = reports.For(message);
        await report.Send(TrainingPhases.Training, null, null, cancellationToken);

        var data = await datasets.Load(message.DatasetManifestKey, message.DatasetManifestSha256, cancellationToken);
        var plan = new TrainingPlan(message.Scope, message.Parameters, data);
        var champion = await Champion.Load(store, message.Champion, cancellationToken);
        var checkpoints = new CheckpointStore(store, run, logger);
        var checkpoint = await checkpoints.Latest(message.DatasetManifestSha256, cancellationToken);
        if (await SliceClaims.CountAttempt(store, run, checkpoint?.State.Step ?? 0, time.GetUtcNow(), cancellationToken) is not { } attempt)
            return await results.Fail($"{SliceClaims.MaxAttempts} attempts in a row came to no new checkpoint.", time.GetUtcNow(), cancellationToken);

        message = message with { Attempt = attempt - 1 };
        using var slice = await thread.Run(() => new OpenSlice(checkpoint is null
            ? TrainingSession.Start(plan, NewState(message, plan, champion), champion.StartWeights(message.Parameters, plan))
            : TrainingSession.Resume(plan, checkpoint), thread));
        Started(logger, run.RunName, message.Slice, slice.Session.State.Step, plan.MaxSteps, attempt);
        var log = new SliceLog(store, run, message.Slice, slice.Session.State);
        var cancelled = new CancelMarker(store, run, time);

        while (!slice.Session.Finished)
        {
            // 1. Train until a checkpoint is due, reporting in between.
            var checkpointAt = time.GetUtcNow() + options.CheckpointInterval;
            bool Leaving() => lifetime.ApplicationStopping.IsCancellationRequested || time.GetUtcNow() >= deadline;
            bool Saving() => Leaving() || time.GetUtcNow() >= checkpointAt;
            do
            {
                await report.Send(TrainingPhases.Training, slice.Session.State, plan, cancellationToken);
                var before = slice.Session.State.Step;
                await thread.Run(() => slice.Session.Train(() => Saving() || report.IsDue(slice.Session.State.Epoch)));
                meter.Stepped(slice.Session.State.Step - before);
                if (await cancelled.Look(cancellationToken))
                    return new SliceOutcome.Dropped("the run was cancelled.");
            }
            while (!slice.Session.Finished && !Saving());

            // 2. Keep what was reached; leave the run to whoever is ahead.
            if (!await checkpoints.TrySave(await thread.Run(slice.Session.Capture), cancellationToken))
                return new SliceOutcome.Dropped("another worker is ahead with this run.");

            // 3. The slice is over: the rest is for whoever is free.
            if (!slice.Session.Finished && Leaving())
            {
                await log.Write(cancellationToken);
                return new SliceOutcome.Continued(message with { Slice = message.Slice + 1, Attempt = 0 });
            }
        }

        await report.Send(TrainingPhases.Evaluating, slice.Session.State, plan, cancellationToken);
        var finished = await thread.Run(() => FinishedRun.Evaluate(message, plan, slice.Session, champion, time.GetUtcNow()));
        await report.Send(TrainingPhases.Packaging, slice.Session.State, plan, cancellationToken);
        await log.Write(cancellationToken);
        if (await store.Find(run.Cancelled, cancellationToken) is not null)
            return new SliceOutcome.Dropped("the run was cancelled.");
        return await results.Complete(finished, slice.Session.State, plan, cancellationToken);
    }

    private TrainingState NewState(TrainRequested message, TrainingPlan plan, Champion champion) => new()
    {
        DatasetManifestSha256 = message.DatasetManifestSha256,
        Seed = message.Parameters.Seed,
        Threads = message.Parameters.Threads > 0 ? message.Parameters.Threads : options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
        LibtorchVersion = TorchSharp.torch.__version__,
        InstructionSet = InstructionSet.Current,
        StartedAt = time.GetUtcNow(),
        StartedFrom = champion.StartWeights(message.Parameters, plan) is null ? null : message.Champion?.Version,
        Notes = [.. champion.Notes(message.Parameters, plan)],
    };

    // The session is freed where it lives.
    private sealed class OpenSlice(TrainingSession session, TrainingThread thread) : IDisposable
    {
        internal TrainingSession Session => session;

        public void Dispose() => thread.Run(session.Dispose).Wait();
    }

    [LoggerMessage(LogLevel.Information, "Run {Run}: slice {Slice} starts at step {Step} of {MaxSteps} (attempt {Attempt}).")]
    private static partial void Started(ILogger logger, string run, int slice, int step, int maxSteps, int attempt);
}
