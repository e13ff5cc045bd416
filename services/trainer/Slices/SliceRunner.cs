using Platform.Contracts;
using Platform.Hosting;
using Platform.Trainer.Datasets;
using Platform.Trainer.Results;
using Platform.Trainer.Training;

namespace Platform.Trainer.Slices;

/// <summary>Decides whether a message is to be worked on, and does so: open, train, hand on or finish.</summary>
internal sealed partial class SliceRunner(
    IObjectStore store,
    DatasetLoader datasets,
    TrainingThread thread,
    SessionOpening sessions,
    IHostApplicationLifetime lifetime,
    ProgressReports reports,
    TrainerMeter meter,
    IdleMemory idleMemory,
    TrainerOptions options,
    TimeProvider time,
    ILogger<SliceRunner> logger)
{
    /// <param name="delivery">How often the broker had delivered this message before.</param>
    internal async Task<SliceOutcome> Run(TrainRequested message, Guid messageId, int delivery, CancellationToken cancellationToken)
    {
        var run = new RunKeys(message.RunName);
        var results = new RunResults(store, run, message);
        if (await results.FindEnd(cancellationToken) is { } end)
            return end;
        if (await store.Find(run.Cancelled, cancellationToken) is not null)
            return await results.Cancel(time.GetUtcNow(), cancellationToken);
        if (!await SliceClaims.TryClaim(store, run, message.Slice, messageId, cancellationToken))
            return new SliceOutcome.Dropped("another message has this slice.");

        using var working = idleMemory.Working();
        try
        {
            return await Work(message, run, new RunStarts(store, run, message.Slice, delivery), results, cancellationToken);
        }
        catch (Exception exception) when (exception is PermanentException or InvalidDataException or ObjectNotFoundException or TrainingDivergedException)
        {
            // No other attempt can end otherwise: the run has failed, which is its result.
            return await results.Fail(exception.Message, time.GetUtcNow(), cancellationToken);
        }
    }

    private async Task<SliceOutcome> Work(
        TrainRequested message, RunKeys run, RunStarts starts, RunResults results, CancellationToken cancellationToken)
    {
        var deadline = time.GetUtcNow() + options.Slice;
        var report = reports.For(message);
        await report.Alive(cancellationToken);

        var checkpoints = new CheckpointStore(store, run, logger);
        var checkpoint = await checkpoints.Latest(message.DatasetManifestSha256, cancellationToken);
        results.Known = checkpoint?.State;

        // 1. Somebody came further in this slice and did not live to hand on. A message of its own for the rest, so that the broker's
        // count of deliveries, too, is one of deliveries without a new checkpoint.
        if (checkpoint is not null && await starts.FirstOfSlice(cancellationToken) is { } first && first.Step < checkpoint.State.Step)
        {
            await new SliceLog(store, run, message.Slice, first.Step, first.Step == 0 ? 0 : checkpoint.State.Notes.Count).Write(checkpoint.State, first.Host, cancellationToken);
            return Continue(message);
        }

        // 2. Counted before anything that may end the process.
        var step = checkpoint?.State.Step ?? 0;
        if (await starts.Next(step, time.GetUtcNow(), cancellationToken) is not { } attempt)
            return await results.Fail(await starts.WhyNoMore(cancellationToken), time.GetUtcNow(), cancellationToken);
        if (await starts.Superseded(cancellationToken))
            return TakenOver();

        try
        {
            // 3. Open. Fetching a large dataset takes a while, in which the run may be cancelled.
            if (await CancelMarker.During(store, run, token => datasets.Load(message.DatasetManifestKey, message.DatasetManifestSha256, token), cancellationToken) is not { } loaded)
                return await results.Cancel(time.GetUtcNow(), cancellationToken);
            using var data = loaded;
            var plan = new TrainingPlan(message.Scope, message.Parameters, data);
            var champion = await Champion.Load(store, message.Champion, cancellationToken);
            Started(logger, run.RunName, message.Slice, step, plan.MaxSteps, attempt);

            // 4. Train, then hand on or finish.
            var choice = sessions.Choose(message, checkpoint);
            try
            {
                return await Go(choice, plan, champion);
            }
            catch (Exception exception) when (choice.Compute.OnGpu && GpuMemory.IsExhaustedBy(exception))
            {
                // What was on the GPU is gone with its session; the rest of the run is for the CPU.
                checkpoint = await checkpoints.Latest(message.DatasetManifestSha256, cancellationToken);
                await thread.Run(GpuMemory.Release);
                return await Go(ComputeChoice.AfterOutOfMemory(choice.Compute, checkpoint?.State.Step ?? 0, Machine.Look()), plan, champion);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Who woke up to objects that a faster worker has removed meanwhile must not fail the run.
            if (await starts.Superseded(cancellationToken))
                return TakenOver();
            await starts.Failed(exception.Message, cancellationToken);
            throw;
        }

        async Task<SliceOutcome> Go(ComputeChoice choice, TrainingPlan plan, Champion champion)
        {
            var notesBefore = checkpoint?.State.Notes.Count ?? 0;
            await using var slice = await OpenSlice.On(thread, () => sessions.Open(message, plan, champion, checkpoint, choice));
            results.Known = slice.State;
            var stopped = await Train(message, run, slice, plan, checkpoints, starts, results, report, deadline, cancellationToken);
            if (stopped is SliceOutcome.Dropped)
                return stopped;

            await new SliceLog(store, run, message.Slice, step, notesBefore).Write(slice.State, cancellationToken);
            return stopped ?? await Finish(message, run, slice, plan, champion, starts, results, report, cancellationToken);
        }
    }

    /// <summary>Null when the run is trained to its end.</summary>
    private async Task<SliceOutcome?> Train(
        TrainRequested message,
        RunKeys run,
        OpenSlice slice,
        TrainingPlan plan,
        CheckpointStore checkpoints,
        RunStarts starts,
        RunResults results,
        ProgressReports.Report report,
        DateTimeOffset deadline,
        CancellationToken cancellationToken)
    {
        var cancelled = new CancelMarker(store, run, time);
        while (!slice.Finished)
        {
            // 1. Train until a checkpoint is due, reporting in between.
            var checkpointAt = time.GetUtcNow() + options.CheckpointInterval;
            bool Leaving() => lifetime.ApplicationStopping.IsCancellationRequested || time.GetUtcNow() >= deadline;
            bool Saving() => Leaving() || time.GetUtcNow() >= checkpointAt;
            do
            {
                await report.Send(TrainingPhases.Training, slice.State, plan, cancellationToken);
                meter.Stepped(await slice.Train(() => Saving() || report.IsDue(slice.State.Epoch)));
                if (await cancelled.Look(cancellationToken))
                    return await results.Cancel(time.GetUtcNow(), cancellationToken);
            }
            while (!slice.Finished && !Saving());

            // 2. Keep what was reached, unless the run went to another worker while this one was frozen.
            if (await starts.Superseded(cancellationToken))
                return TakenOver();
            await checkpoints.Save(await slice.Capture(), cancellationToken);

            // 3. The slice is over: the rest is for whoever is free.
            if (!slice.Finished && Leaving())
                return Continue(message);
        }

        return null;
    }

    private async Task<SliceOutcome> Finish(
        TrainRequested message,
        RunKeys run,
        OpenSlice slice,
        TrainingPlan plan,
        Champion champion,
        RunStarts starts,
        RunResults results,
        ProgressReports.Report report,
        CancellationToken cancellationToken)
    {
        await report.Send(TrainingPhases.Evaluating, slice.State, plan, cancellationToken);
        var finished = await slice.Do(session => FinishedRun.Evaluate(message, plan, session, champion, time.GetUtcNow()));
        await report.Send(TrainingPhases.Packaging, slice.State, plan, cancellationToken);
        if (await store.Find(run.Cancelled, cancellationToken) is not null)
            return await results.Cancel(time.GetUtcNow(), cancellationToken);
        if (await starts.Superseded(cancellationToken))
            return TakenOver();
        return await results.Complete(finished, slice.State, plan, cancellationToken);
    }

    private static SliceOutcome.Continued Continue(TrainRequested message) => new(message with { Slice = message.Slice + 1, Attempt = 0 });

    private static SliceOutcome.Dropped TakenOver() => new("another worker has taken over the run.");

    [LoggerMessage(LogLevel.Information, "Run {Run}: slice {Slice} starts at step {Step} of {MaxSteps} (attempt {Attempt}).")]
    private static partial void Started(ILogger logger, string run, int slice, int step, int maxSteps, int attempt);
}
