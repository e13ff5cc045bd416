namespace Platform.Trainer.Training.Groups;

/// <summary>The wish to train a session until it is finished or <paramref name="pause"/>, asked after each step, says so.</summary>
internal sealed class TrainingTurn(TrainingSession session, Func<bool> pause)
{
    // Continuations must leave the training thread free.
    private readonly TaskCompletionSource<int> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _stepsBefore = session.State.Step;

    internal TrainingSession Session => session;

    /// <summary>How many steps were taken.</summary>
    internal Task<int> Steps => _end.Task;

    internal bool Paused() => pause();

    internal void End() => _end.SetResult(session.State.Step - _stepsBefore);

    internal void End(Exception reason) => _end.SetException(reason);
}
