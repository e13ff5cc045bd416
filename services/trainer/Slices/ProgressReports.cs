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

    internal Report For(TrainRequested message) => new(this, message);

    internal sealed class Report(ProgressReports reports, TrainRequested message)
    {
        private static readonly string Host = $"{Environment.MachineName}:{Environment.ProcessId}";

        private long _at = reports.Time.GetTimestamp();
        private int _epoch = -1;
        private long _patches;
        private double _seconds;

        internal bool IsDue(int epoch)
        {
            var elapsed = reports.Time.GetElapsedTime(Volatile.Read(ref _at));
            return elapsed >= AtLeast || (epoch != _epoch && elapsed >= AtMost);
        }

        internal Task Send(string phase, TrainingState? state, TrainingPlan? plan, CancellationToken cancellationToken)
        {
            Volatile.Write(ref _at, reports.Time.GetTimestamp());
            var step = state?.Step ?? 0;
            var patches = plan is null ? 0 : (long)step * plan.Split.TrainingPatches.Length / plan.StepsPerEpoch;
            var seconds = (state?.TrainingSeconds ?? 0) - _seconds;
            var rate = seconds > 0 && _epoch >= 0 ? (patches - _patches) / seconds : 0;
            (_epoch, _patches, _seconds) = (state?.Epoch ?? 0, patches, state?.TrainingSeconds ?? 0);
            return reports.Bus.Publish(
                new TrainingProgressed(
                    message.RunId, phase, message.Slice * 1_000_000L + step, message.Slice, message.Attempt, _epoch, step, plan?.MaxSteps ?? 0,
                    state?.TrainingLoss, state?.ValidationLoss, Math.Round(rate, 1), Host, reports.Time.GetUtcNow()),
                cancellationToken);
        }
    }

    private IBus Bus => bus;

    private TimeProvider Time => time;
}
