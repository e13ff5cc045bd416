using System.Runtime.InteropServices;
using Platform.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Platform.Trainer.Training;

/// <summary>A run in memory: network, optimiser, best weights. Every member belongs to the training thread.</summary>
internal sealed class TrainingSession : IDisposable
{
    // Passes longer than this are evaluated in between.
    private const int EvaluationSteps = 50;

    private readonly TrainingPlan _plan;
    private readonly Adam _optimizer;
    private IReadOnlyList<KeyValuePair<string, StateTensor>>? _best;
    private int[]? _pass;

    private TrainingSession(TrainingPlan plan, TrainingState state)
    {
        (_plan, State) = (plan, state);
        set_num_threads(state.Threads);
        Network = plan.Architecture.Create(state.Seed);
        _optimizer = optim.Adam(Network.parameters(), lr: plan.Parameters.LearningRate, beta1: 0.9, beta2: 0.999, eps: 1e-8);
    }

    internal TrainingState State { get; }

    internal ConvAutoencoder Network { get; }

    internal bool Finished => State.StoppedEarly || State.Step >= _plan.MaxSteps;

    /// <summary>A new run, from the seed's weights or from those given.</summary>
    internal static TrainingSession Start(
        TrainingPlan plan, TrainingState state, IReadOnlyList<KeyValuePair<string, StateTensor>>? weights)
    {
        var session = new TrainingSession(plan, state);
        if (weights is not null)
            ModuleState.Restore(session.Network, weights);
        return session;
    }

    /// <summary>Goes on from a checkpoint as if the run had never stopped.</summary>
    internal static TrainingSession Resume(TrainingPlan plan, Checkpoint checkpoint)
    {
        var session = new TrainingSession(plan, checkpoint.State) { _best = checkpoint.Best };
        ModuleState.Restore(session.Network, checkpoint.Weights);
        AdamState.Restore(session._optimizer, session.Network, checkpoint.Optimizer);
        return session;
    }

    /// <summary>Everything that <see cref="Resume"/> needs.</summary>
    internal Checkpoint Capture() => new(State, ModuleState.Capture(Network), AdamState.Capture(_optimizer, Network), _best);

    /// <summary>Trains until the run is finished or <paramref name="pause"/>, asked after each step, says so.</summary>
    /// <exception cref="TrainingDivergedException">The loss is no number any more.</exception>
    internal void Train(Func<bool> pause)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var secondsBefore = State.TrainingSeconds;
        do
        {
            // 1. The next batch; a pass starts with its own order.
            _pass ??= _plan.Pass(State.Epoch);
            var batch = _plan.Batch(_pass, State.StepInEpoch);

            // 2. One step. Nothing in it draws random numbers, so no generator needs to be saved.
            var lr = LearningRate.At(State.Step, _plan.MaxSteps, _plan.Parameters);
            foreach (var group in _optimizer.ParamGroups)
                group.LearningRate = lr;
            Network.train();
            var loss = Step(batch);
            State.Step++;
            State.StepInEpoch++;
            State.EpochLossSum += loss * batch.Length;
            State.EpochPatches += batch.Length;
            State.PatchesSinceEvaluation += batch.Length;
            if (!double.IsFinite(loss))
                throw new TrainingDivergedException(State.Step, loss);

            // 3. The end of a pass.
            var passEnded = State.StepInEpoch == _plan.StepsPerEpoch;
            var passLoss = State.EpochLossSum / State.EpochPatches;
            if (passEnded)
            {
                (State.TrainingLoss, State.EpochLossSum, State.EpochPatches, State.StepInEpoch) = (passLoss, 0, 0, 0);
                State.Epoch++;
                _pass = null;
            }

            // 4. Evaluation, best weights, early stop. Without held-out recordings only a whole pass says something.
            State.TrainingSeconds = secondsBefore + clock.Elapsed.TotalSeconds;
            var lastStep = State.Step >= _plan.MaxSteps;
            if (passEnded || lastStep || (HeldOut.Length > 0 && State.StepInEpoch % EvaluationSteps == 0))
                Evaluate(passLoss, lr);
        }
        while (!Finished && !pause());
    }

    /// <summary>Puts the best weights in place for evaluation; the session is not for training afterwards.</summary>
    internal ConvAutoencoder TakeBest()
    {
        if (_best is not null)
            ModuleState.Restore(Network, _best);
        Network.eval();
        return Network;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        Network.Dispose();
    }

    private int[] HeldOut => _plan.Split.ValidationPatches;

    private double Step(ReadOnlySpan<int> batch)
    {
        using var scope = NewDisposeScope();
        var manifest = _plan.Data.Manifest;
        var input = empty([batch.Length, 1, manifest.NMels, manifest.Frames]);
        _plan.Data.Gather(batch, MemoryMarshal.Cast<byte, float>(input.bytes));
        var output = Network.forward(input);
        var loss = _plan.Weights is { } weights
            ? ((output - input).pow(2).mean([1L, 2, 3]) * tensor(Weights(batch, weights), [batch.Length])).mean()
            : nn.functional.mse_loss(output, input);
        _optimizer.zero_grad();
        loss.backward();
        _optimizer.step();
        return loss.item<float>();
    }

    private void Evaluate(double passLoss, double lr)
    {
        if (HeldOut.Length > 0)
        {
            Network.eval();
            State.ValidationLoss = PatchErrors.Of(Network, _plan.Data, HeldOut).Average();
        }

        var watched = State.ValidationLoss ?? passLoss;
        if (!double.IsFinite(watched))
            throw new TrainingDivergedException(State.Step, watched);
        var best = State.BestLoss is null || watched < State.BestLoss;
        if (best)
        {
            _best = ModuleState.Capture(Network);
            (State.BestLoss, State.BestStep, State.Stale) = (watched, State.Step, 0);
        }
        else
        {
            State.Stale++;
        }

        var seconds = State.TrainingSeconds - State.SecondsAtEvaluation;
        State.Metrics.Add(new MetricPoint(
            State.Step, State.Epoch, passLoss, State.ValidationLoss, best, Math.Round(State.TrainingSeconds, 3), lr,
            seconds > 0 ? Math.Round(State.PatchesSinceEvaluation / seconds, 1) : 0, Math.Round(Environment.WorkingSet / 1048576.0, 1)));
        (State.PatchesSinceEvaluation, State.SecondsAtEvaluation) = (0, State.TrainingSeconds);
        State.StoppedEarly = State.Stale >= _plan.Parameters.Patience && State.Epoch >= _plan.Parameters.MinEpochs;
    }

    private static float[] Weights(ReadOnlySpan<int> batch, float[] weights)
    {
        var own = new float[batch.Length];
        for (var i = 0; i < own.Length; i++)
            own[i] = weights[batch[i]];
        return own;
    }
}

/// <summary>The loss left the numbers: more steps cannot bring it back.</summary>
internal sealed class TrainingDivergedException(int step, double loss)
    : Exception($"The loss is {loss} at step {step}: training diverged. A lower learning rate may help.");
