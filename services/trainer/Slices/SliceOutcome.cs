using Platform.Contracts;

namespace Platform.Trainer.Slices;

/// <summary>How the work on one message ended; what is to be announced is in it.</summary>
internal abstract record SliceOutcome
{
    private SliceOutcome()
    {
    }

    /// <summary>The run goes on with this message, here or elsewhere.</summary>
    internal sealed record Continued(TrainRequested Next) : SliceOutcome;

    internal sealed record Completed(TrainingCompleted Result) : SliceOutcome;

    internal sealed record Failed(TrainingFailed Result) : SliceOutcome;

    /// <summary>Nothing to announce: the run was cancelled, or another message or worker has it.</summary>
    internal sealed record Dropped(string Reason) : SliceOutcome;
}
