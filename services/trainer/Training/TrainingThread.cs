using System.Collections.Concurrent;

namespace Platform.Trainer.Training;

/// <summary>
/// The one thread that calls libtorch: its gradient mode belongs to a thread, and each further thread would start a
/// second team of OpenMP workers. Work is queued and awaited, so nothing trains across an await.
/// </summary>
internal sealed class TrainingThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    public TrainingThread()
    {
        _thread = new Thread(Work) { Name = "training", IsBackground = true };
        _thread.Start();
    }

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
        foreach (var work in _work.GetConsumingEnumerable())
            work();
    }
}
