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
        var slice = new SliceAtWork(
            message, run, new RunStarts(store, run, message.Slice, delivery), new RunResults(store, run, message), new CheckpointStore(store, run, logger),
            reports.For(message), time.GetTimestamp());
        if (await slice.Results.FindEnd(cancellationToken) is { } end)
            return end;
        if (await store.Find(run.Cancelled, cancellationToken) is not null)
            return await Cancel(slice, cancellationToken);
        if (!await SliceClaims.TryClaim(store, run, message.Slice, messageId, cancellationToken))
            return new SliceOutcome.Dropped("another message has this slice.");

        using var working = idleMemory.Working();
        try
        {
            return await Work(slice, cancellationToken);
        }
        catch (Exception exception) when (exception is PermanentException or InvalidDataException or ObjectNotFoundException or TrainingDivergedException)
        {
            // No other attempt can end otherwise: the run has failed, which is its result.
            return await slice.Results.Fail(exception.Message, time.GetUtcNow(), cancellationToken);
        }
    }

    private async Task<SliceOutcome> Work(SliceAtWork slice, CancellationToken cancellationToken)
    {
        var (message, starts) = (slice.Message, slice.Starts);
        await slice.Report.Alive(cancellationToken);
        var checkpoint = await slice.Checkpoints.Latest(message.DatasetManifestSha256, cancellationToken);
        slice.Results.Known = checkpoint?.State;

        // 1. Somebody came further in this slice and did not live to hand on. A message of its own for the rest, so that the broker's
        // count of deliveries, too, is one of deliveries without a new checkpoint.
        if (checkpoint is not null && await starts.FirstOfSlice(cancellationToken) is { } first && first.Step < checkpoint.State.Step)
        {
            var notesBefore = first.Step == 0 ? 0 : checkpoint.State.Notes.Count;
            await new SliceLog(store, slice.Run, message.Slice, first.Step, notesBefore).Write(checkpoint.State, first.Host, cancellationToken);
            return Continue(message);
        }

        // 2. Counted before anything that may end the process.
        var step = checkpoint?.State.Step ?? 0;
        if (await starts.Next(step, time.GetUtcNow(), cancellationToken) is not { } attempt)
            return await slice.Results.Fail(await starts.WhyNoMore(cancellationToken), time.GetUtcNow(), cancellationToken);
        if (await starts.Superseded(cancellationToken))
            return TakenOver();

        try
        {
            // 3. Fetching a large dataset takes a while, in which the run may be cancelled.
            if (await CancelMarker.During(
                store, slice.Run, token => datasets.Load(message.DatasetManifestKey, message.DatasetManifestSha256, token), cancellationToken) is not { } loaded)
            {
                return await Cancel(slice, cancellationToken);
            }

            using var data = loaded;
            var plan = new TrainingPlan(message.Scope, message.Parameters, data);
            var champion = await Champion.Load(store, message.Champion, cancellationToken);
            Started(logger, message.RunName, message.Slice, step, plan.MaxSteps, attempt);
            return await OnWhatThereIs(slice, plan, champion, checkpoint, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Who woke up to objects that a faster worker has removed meanwhile must not fail the run.
            if (await starts.Superseded(cancellationToken))
                return TakenOver();
            await starts.Failed(exception.Message, cancellationToken);
            throw;
        }
    }

    private async Task<SliceOutcome> OnWhatThereIs(
        SliceAtWork slice, TrainingPlan plan, Champion champion, Checkpoint? checkpoint, CancellationToken cancellationToken)
    {
        var choice = sessions.Choose(slice.Message, checkpoint);
        try
        {
            return await Go(slice, plan, champion, checkpoint, choice, cancellationToken);
        }
        catch (Exception exception) when (choice.Compute.OnGpu && GpuMemory.IsExhaustedBy(exception))
        {
            // What was on the GPU is gone with its session; the rest of the run is for the CPU.
            await thread.Run(GpuMemory.Release);
            checkpoint = await slice.Checkpoints.Latest(slice.Message.DatasetManifestSha256, cancellationToken);
            choice = ComputeChoice.AfterOutOfMemory(choice.Compute, checkpoint?.State.Step ?? 0, Machine.Look());
            return await Go(slice, plan, champion, checkpoint, choice, cancellationToken);
        }
    }

    private async Task<SliceOutcome> Go(
        SliceAtWork slice, TrainingPlan plan, Champion champion, Checkpoint? checkpoint, ComputeChoice choice, CancellationToken cancellationToken)
    {
        var log = new SliceLog(store, slice.Run, slice.Message.Slice, checkpoint?.State.Step ?? 0, checkpoint?.State.Notes.Count ?? 0);
        await using var training = await OpenSlice.On(thread, () => sessions.Open(slice.Message, plan, champion, checkpoint, choice));
        slice.Results.Known = training.State;
        var stopped = await Train(slice, training, plan, cancellationToken);
        if (stopped is SliceOutcome.Dropped)
            return stopped;

        await log.Write(training.State, cancellationToken);
        return stopped ?? await Finish(slice, training, plan, champion, cancellationToken);
    }

    /// <summary>Null when the run is trained to its end.</summary>
    private async Task<SliceOutcome?> Train(SliceAtWork slice, OpenSlice training, TrainingPlan plan, CancellationToken cancellationToken)
    {
        var cancelled = new CancelMarker(store, slice.Run, time);
        var reported = Task.CompletedTask; // training goes on while the broker confirms
        while (!training.Finished)
        {
            // 1. Train until a checkpoint is due, reporting in between. By a clock that nobody sets: hours back would outlast the broker's patience.
            var savedAt = time.GetTimestamp();
            bool Leaving() => lifetime.ApplicationStopping.IsCancellationRequested || time.GetElapsedTime(slice.StartedAt) >= options.Slice;
            bool Saving() => Leaving() || time.GetElapsedTime(savedAt) >= options.CheckpointInterval;
            do
            {
                await reported;
                reported = slice.Report.Send(TrainingPhases.Training, training.State, plan, cancellationToken);
                meter.Stepped(await training.Train(() => Saving() || slice.Report.IsDue(training.State.Epoch)));
                if (await cancelled.Look(cancellationToken))
                    return await Cancel(slice, cancellationToken);
            }
            while (!training.Finished && !Saving());

            await reported;

            // 2. Keep what was reached, unless the run went to another worker while this one was frozen.
            if (await slice.Starts.Superseded(cancellationToken))
                return TakenOver();
            await slice.Checkpoints.Save(await training.Capture(), cancellationToken);

            // 3. The slice is over: the rest is for whoever is free.
            if (!training.Finished && Leaving())
                return Continue(slice.Message);
        }

        return null;
    }

    private async Task<SliceOutcome> Finish(
        SliceAtWork slice, OpenSlice training, TrainingPlan plan, Champion champion, CancellationToken cancellationToken)
    {
        await slice.Report.Send(TrainingPhases.Evaluating, training.State, plan, cancellationToken);
        var finished = await training.Do(session => FinishedRun.Evaluate(slice.Message, plan, session, champion, time.GetUtcNow()));
        await slice.Report.Send(TrainingPhases.Packaging, training.State, plan, cancellationToken);
        if (await store.Find(slice.Run.Cancelled, cancellationToken) is not null)
            return await Cancel(slice, cancellationToken);
        if (await slice.Starts.Superseded(cancellationToken))
            return TakenOver();
        return await slice.Results.Complete(finished, training.State, plan, cancellationToken);
    }

    private Task<SliceOutcome> Cancel(SliceAtWork slice, CancellationToken cancellationToken) =>
        slice.Results.Cancel(time.GetUtcNow(), cancellationToken);

    private static SliceOutcome.Continued Continue(TrainRequested message) => new(message with { Slice = message.Slice + 1, Attempt = 0 });

    private static SliceOutcome.Dropped TakenOver() => new("another worker has taken over the run.");

    [LoggerMessage(LogLevel.Information, "Run {Run}: slice {Slice} starts at step {Step} of {MaxSteps} (attempt {Attempt}).")]
    private static partial void Started(ILogger logger, string run, int slice, int step, int maxSteps, int attempt);

    /// <param name="StartedAt">A time stamp of the monotonic clock.</param>
    private sealed record SliceAtWork(
        TrainRequested Message,
        RunKeys Run,
        RunStarts Starts,
        RunResults Results,
        CheckpointStore Checkpoints,
        ProgressReports.Report Report,
        long StartedAt);
}
