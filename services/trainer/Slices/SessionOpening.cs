using Platform.Contracts;
using Platform.Models;
using Platform.Trainer.Results;
using Platform.Trainer.Training;

namespace Platform.Trainer.Slices;

/// <summary>Opens the session of a slice, new or resumed, on what this machine has.</summary>
internal sealed partial class SessionOpening(TrainerOptions options, TimeProvider time, ILogger<SessionOpening> logger)
{
    /// <param name="checkpoint">Null for a run that begins.</param>
    internal ComputeChoice Choose(TrainRequested message, Checkpoint? checkpoint)
    {
        var machine = Machine.Look();
        return checkpoint is null
            ? ComputeChoice.ForStart(message.Parameters, options.Device, options.MinGpuBytes, machine)
            : ComputeChoice.ForResume(checkpoint.State, machine);
    }

    /// <summary>Runs on the training thread.</summary>
    internal TrainingSession Open(TrainRequested message, TrainingPlan plan, Champion champion, Checkpoint? checkpoint, ComputeChoice choice)
    {
        var state = checkpoint?.State ?? FirstState(message, plan, champion);
        (state.Device, state.Precision) = (choice.Compute.Device, choice.Compute.Precision);
        if (choice.Note is { } note)
        {
            state.Notes.Add(note);
            Replaced(logger, message.RunName, note);
        }

        return checkpoint is null
            ? TrainingSession.Start(plan, state, champion.StartWeights(message.Parameters, plan))
            : TrainingSession.Resume(plan, checkpoint);
    }

    private TrainingState FirstState(TrainRequested message, TrainingPlan plan, Champion champion) => new()
    {
        DatasetManifestSha256 = message.DatasetManifestSha256,
        Seed = message.Parameters.Seed,
        Threads = (message.Parameters.Threads, options.Threads) switch
        {
            ( > 0 and var asked, _) => asked,
            (_, > 0 and var configured) => configured,
            _ => Environment.ProcessorCount,
        },
        LibtorchVersion = TorchSharp.torch.__version__,
        InstructionSet = InstructionSet.Current,
        StartedAt = time.GetUtcNow(),
        StartedFrom = champion.StartWeights(message.Parameters, plan) is null ? null : message.Champion?.Version,
        Notes = [.. champion.Notes(message.Parameters, plan)],
    };

    [LoggerMessage(LogLevel.Warning, "Run {Run}: {Note}")]
    private static partial void Replaced(ILogger logger, string run, string note);
}
