using Platform.Trainer.Training;

namespace Platform.Trainer.Slices;

/// <summary>A training session on the thread where it lives; its state may be read whenever nothing is awaited here.</summary>
internal sealed class OpenSlice : IAsyncDisposable
{
    private readonly TrainingThread _thread;
    private readonly TrainingSession _session;

    private OpenSlice(TrainingThread thread, TrainingSession session) => (_thread, _session) = (thread, session);

    internal TrainingState State => _session.State;

    internal bool Finished => _session.Finished;

    internal static async Task<OpenSlice> On(TrainingThread thread, Func<TrainingSession> open) => new(thread, await thread.Run(open));

    /// <summary>Returns how many steps were taken.</summary>
    internal Task<int> Train(Func<bool> pause) => Do(session =>
    {
        var before = session.State.Step;
        session.Train(pause);
        return session.State.Step - before;
    });

    internal Task<Checkpoint> Capture() => Do(session => session.Capture());

    internal Task<T> Do<T>(Func<TrainingSession, T> work) => _thread.Run(() => work(_session));

    public async ValueTask DisposeAsync() => await _thread.Run(_session.Dispose);
}
