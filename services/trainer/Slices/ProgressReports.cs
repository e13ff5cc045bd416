using MassTransit;
using Platform.Contracts;
using Platform.Trainer.Training;

namespace Platform.Trainer.Slices;

/// <summary>
/// Tells that a run is alive: at the start of a slice, at each pass and at least every five seconds. Published at once, not
/// held until the message is done; one that is lost is followed by the next.
/// </summary>
internal sealed class ProgressReports(IBus bus, TimeProvider time)
{
    private static readonly TimeSpan AtLeast = TimeSpan.FromSeconds(5);

    // A pass over a few patches takes milliseconds: nobody can watch every one of them.
    private static readonly TimeSpan AtMost = TimeSpan.FromMilliseconds(250);

    internal Report For(TrainRequested message) => new(bus, time, message);

    internal sealed class Report(IBus bus, TimeProvider time, TrainRequested message)
    {
        private static readonly string Host = $"{Environment.MachineName}:{Environment.ProcessId}";

        private long _at;
        private int _epoch;
        private int? _step;
        private double _seconds;

        /// <summary>Asked by the training thread after each step.</summary>
        internal bool IsDue(int epoch)
        {
            var elapsed = time.GetElapsedTime(_at);
            return elapsed >= AtLeast || (epoch != _epoch && elapsed >= AtMost);
        }

        /// <summary>Before anything is known: the worker has the slice.</summary>
        internal Task Alive(CancellationToken cancellationToken) =>
            Publish(TrainingPhases.Training, 0, 0, 0, null, null, 0, cancellationToken);

        internal Task Send(string phase, TrainingState state, TrainingPlan plan, CancellationToken cancellationToken)
        {
            // Since the last report of this slice; the first one has nothing to compare with.
            var patches = _step is { } step ? (state.Step - step) * (double)plan.Split.TrainingPatches.Length / plan.StepsPerEpoch : 0;
            var seconds = state.TrainingSeconds - _seconds;
            (_at, _epoch, _step, _seconds) = (time.GetTimestamp(), state.Epoch, state.Step, state.TrainingSeconds);
            return Publish(
                phase, state.Epoch, state.Step, plan.MaxSteps, state.TrainingLoss, state.ValidationLoss,
                seconds > 0 ? Math.Round(patches / seconds, 1) : 0, cancellationToken);
        }

        private Task Publish(
            string phase, int epoch, int step, int maxSteps, double? training, double? validation, double rate, CancellationToken cancellationToken) =>
            bus.Publish(
                new TrainingProgressed(
                    message.RunId, phase, message.Slice * 1_000_000L + step, message.Slice, message.Attempt, epoch, step, maxSteps, training, validation,
                    rate, Host, time.GetUtcNow()),
                cancellationToken);
    }
}
