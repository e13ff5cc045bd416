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
    internal Task<int> Train(Func<bool> pause) => _thread.Train(_session, pause);

    internal Task<Checkpoint> Capture() => _thread.Read(_session, session => session.Capture());

    internal Task<T> Do<T>(Func<TrainingSession, T> work) => _thread.Run(_session, work);

    public async ValueTask DisposeAsync() => await _thread.Run(_session, session =>
    {
        session.Dispose();
        return true;
    });
}
