using System.Collections.Concurrent;
using Platform.Trainer.Training.Groups;

namespace Platform.Trainer.Training;

/// <summary>
/// The one thread that calls libtorch: its gradient mode belongs to a thread, and each further thread would start a
/// second team of OpenMP workers. Work is queued and awaited, so nothing trains across an await. Sessions that want to train take
/// turns, or step together; whatever else is asked for is done between two steps.
/// </summary>
internal sealed class TrainingThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly TrainingTurns _turns;
    private readonly Thread _thread;

    public TrainingThread(int runsAtOnce = 1)
        : this(_ => runsAtOnce)
    {
    }

    /// <param name="runsAtOnce">Sessions of equal shape that may step together, on a GPU or not; with 1 every run is bit-reproducible.</param>
    internal TrainingThread(Func<bool, int> runsAtOnce)
    {
        _turns = new TrainingTurns(runsAtOnce);
        _thread = new Thread(Work) { Name = "training", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Trains the session until it is finished or <paramref name="pause"/>, asked after each step, says so; returns the steps taken.</summary>
    internal async Task<int> Train(TrainingSession session, Func<bool> pause)
    {
        var turn = new TrainingTurn(session, pause);
        await Run(() => _turns.Add(turn));
        return await turn.Steps;
    }

    /// <summary>Reads the state of a session that is not being trained; nothing may be changed.</summary>
    internal Task<T> Read<T>(TrainingSession session, Func<TrainingSession, T> work) => Run(() =>
    {
        _turns.Update(session);
        return work(session);
    });

    /// <summary>Does something with a session that is not being trained.</summary>
    internal Task<T> Run<T>(TrainingSession session, Func<TrainingSession, T> work) => Run(() =>
    {
        _turns.Release(session);
        return work(session);
    });

    internal Task Run(Action work) => Run(() =>
    {
        work();
        return true;
    });

    internal Task<T> Run<T>(Func<T> work)
    {
        // Continuations must leave this thread free.
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                completion.SetResult(work());
            }
            catch (Exception exception)
            {
                completion.SetException(exception); // who awaits handles it
            }
        });
        return completion.Task;
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Work()
    {
        while (!_work.IsCompleted || _turns.Any)
        {
            // Other work first: it is short, and somebody may be waiting for it to train with the others.
            if (_work.TryTake(out var work, _turns.Any ? TimeSpan.Zero : Timeout.InfiniteTimeSpan))
                work();
            else if (_turns.Any)
                _turns.Train(interrupted: () => _work.Count > 0);
        }

        _turns.Dispose();
    }
}
