using Platform.Contracts;
using Platform.Models;
using Platform.Trainer.Training;

namespace Platform.Trainer.Tests.Groups;

/// <summary>Runs on small datasets, trained alone or on one training thread at the same time.</summary>
internal static class GroupRuns
{
    // A rectifier whose input is nearly nothing passes its gradient or not, by rounding alone; Adam divides by the gradient's size. So
    // initial weights that differ by 1e-7 end in losses that differ by some per mille after a hundred steps, alone or not.
    private const double Tolerance = 1e-2;

    internal static TrainingPlan Plan(TestDataset dataset, TrainingParameters parameters, string? aggregation = null)
    {
        string[] devices = [.. dataset.Manifest.Devices.Select(device => device.Device)];
        return new TrainingPlan(
            new TrainingScope(ScopeModes.Device, $"{devices[0]}_all", aggregation, "conv-ae", $"device/{devices[0]}_all/conv-ae", devices), parameters,
            dataset.Data);
    }

    internal static TrainingSession New(TrainingPlan plan) => TrainingSession.Start(plan, TrainingSessionTests.NewState(plan), null);

    internal static TrainingSession Resumed(TrainingSession session)
    {
        var files = session.Capture().ToFiles().ToDictionary(file => file.Key, file => file.Value.ToArray());
        session.Dispose();
        return TrainingSession.Resume(session.Plan, Checkpoint.FromFiles(files));
    }

    /// <summary>Trains to the end, alone.</summary>
    internal static TrainingSession Alone(TrainingSession session)
    {
        session.Train(() => false);
        return session;
    }

    /// <summary>Makes the sessions on the thread and has them all wait for it before the first one steps; a failed one gives its exception.</summary>
    internal static async Task<(TrainingSession Session, Exception? Failure)[]> Together(
        TrainingThread thread, Func<TrainingSession, bool> pause, params Func<TrainingSession>[] open)
    {
        using var gate = new ManualResetEventSlim();
        var sessions = new List<TrainingSession>();
        foreach (var session in open)
            sessions.Add(await thread.Run(session));
        var waiting = thread.Run(() => gate.Wait(TestContext.Current.CancellationToken));
        var training = sessions.Select(session => Train(thread, session, pause)).ToArray();
        gate.Set();
        await waiting;
        return await Task.WhenAll(training);
    }

    /// <summary>Brings the sessions' own networks up to date, for assertions on this thread.</summary>
    internal static async Task Leave(TrainingThread thread, params IEnumerable<TrainingSession> sessions)
    {
        foreach (var session in sessions)
            await thread.Run(session, _ => true);
    }

    /// <summary>Within what another order of sums makes of a hundred steps.</summary>
    internal static void Near(TrainingSession expected, TrainingSession actual)
    {
        Assert.Equal((expected.State.Step, expected.State.Epoch, expected.State.StepInEpoch), (actual.State.Step, actual.State.Epoch, actual.State.StepInEpoch));
        Near(expected.State.Metrics[0].TrainingLoss, actual.State.Metrics[0].TrainingLoss, 1e-3, "first training loss");
        Near(expected.State.TrainingLoss, actual.State.TrainingLoss, Tolerance, "training loss");
        Near(expected.State.ValidationLoss, actual.State.ValidationLoss, Tolerance, "validation loss");
        Near(expected.State.BestLoss, actual.State.BestLoss, Tolerance, "best loss");
        Assert.Equal(expected.State.Metrics.Select(point => (point.Step, point.Epoch, point.Lr)), actual.State.Metrics.Select(point => (point.Step, point.Epoch, point.Lr)));

        var (own, other) = (expected.Capture(), actual.Capture());
        foreach (var ((name, weights), (otherName, otherWeights)) in own.Weights.Zip(other.Weights))
        {
            Assert.Equal(name, otherName);
            if (weights.Type == TensorType.Int64)
                Assert.Equal(weights.Data.ToArray(), otherWeights.Data.ToArray());
            else if (name.EndsWith(".weight", StringComparison.Ordinal)) // a bias before a normalisation is moved by rounding alone, and its mean follows
                Assert.True(Difference(weights, otherWeights) < 3e-2, $"{name} differs by {Difference(weights, otherWeights)}.");
        }

        Assert.Equal(
            own.Optimizer.Where(tensor => tensor.Value.Type == TensorType.Int64).Select(tensor => BitConverter.ToInt64(tensor.Value.Data.Span)),
            other.Optimizer.Where(tensor => tensor.Value.Type == TensorType.Int64).Select(tensor => BitConverter.ToInt64(tensor.Value.Data.Span)));
    }

    internal static void Near(double? expected, double? actual, double tolerance, string what) =>
        Assert.True(
            expected == actual || Math.Abs(expected!.Value - actual!.Value) <= tolerance * Math.Abs(expected.Value), $"The {what} is {actual}, alone {expected}.");

    private static async Task<(TrainingSession Session, Exception? Failure)> Train(TrainingThread thread, TrainingSession session, Func<TrainingSession, bool> pause)
    {
        try
        {
            // A pause for nothing, as a report is: the session comes back without anybody having looked at it.
            var reported = 0;
            do
                await thread.Train(session, () => pause(session) || session.State.Step >= reported + 7);
            while (!session.Finished && !pause(session) && (reported = session.State.Step) > 0);
            return (session, null);
        }
        catch (Exception exception)
        {
            return (session, exception);
        }
    }

    // Of the root of the mean square.
    private static double Difference(StateTensor expected, StateTensor actual)
    {
        var (a, b) = (expected.ToFloats(), actual.ToFloats());
        return Math.Sqrt(a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Sum() / a.Sum(x => (double)x * x));
    }
}
