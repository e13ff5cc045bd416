using System.Diagnostics;
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
    private readonly GradScaler? _scaler;
    private IReadOnlyList<KeyValuePair<string, StateTensor>>? _best;
    private int[]? _pass;
    private long _entered;
    private double _secondsBefore;

    private TrainingSession(TrainingPlan plan, TrainingState state)
    {
        (_plan, State, Compute) = (plan, state, new Compute(state.Device, state.Precision));
        if (Compute.ScalesLoss)
            _scaler = new GradScaler(state.GradScaler ??= new GradScalerState());
        set_num_threads(state.Threads);
        Network = plan.Architecture.Create(state.Seed);
        Network.to(Compute.TorchDevice);
        _optimizer = optim.Adam(Network.parameters(), lr: plan.Parameters.LearningRate, beta1: 0.9, beta2: 0.999, eps: 1e-8);
    }

    internal TrainingPlan Plan => _plan;

    internal TrainingState State { get; }

    internal Compute Compute { get; }

    internal ConvAutoencoder Network { get; }

    internal Adam Optimizer => _optimizer;

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

    /// <summary>Goes on from a checkpoint as if the run had never stopped, on what its state says.</summary>
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
        Enter();
        do
        {
            var batch = NextBatch();
            var loss = Step(batch.Span);
            if (Took(loss, batch.Length))
                Evaluate();
        }
        while (!Finished && !pause());
        CountTime(); // the last evaluation's, too
    }

    /// <summary>Training time counts from here.</summary>
    internal void Enter() => (_entered, _secondsBefore) = (Stopwatch.GetTimestamp(), State.TrainingSeconds);

    /// <summary>The patches of the next step by their numbers in the dataset; a pass starts with its own order.</summary>
    internal ReadOnlyMemory<int> NextBatch()
    {
        _pass ??= _plan.Pass(State.Epoch);
        return _plan.Batch(_pass, State.StepInEpoch);
    }

    /// <summary>Learning rate of the next step.</summary>
    internal double NextLearningRate => LearningRate.At(State.Step, _plan.MaxSteps, _plan.Parameters);

    /// <summary>Weights of these patches in the loss, 1 on average; null when all count the same.</summary>
    internal float[]? LossWeights(ReadOnlySpan<int> batch) => _plan.Weights is { } weights ? Weights(batch, weights) : null;

    /// <summary>Keeps the books after a step; true when an evaluation is due.</summary>
    /// <exception cref="TrainingDivergedException">The loss is no number.</exception>
    internal bool Took(double loss, int patches)
    {
        State.Step++;
        State.StepInEpoch++;
        State.EpochLossSum += loss * patches;
        State.EpochPatches += patches;
        State.PatchesSinceEvaluation += patches;
        if (!double.IsFinite(loss))
            throw new TrainingDivergedException(State.Step, loss);

        var passEnded = State.StepInEpoch == _plan.StepsPerEpoch;
        State.PassLoss = State.EpochLossSum / State.EpochPatches;
        if (passEnded)
        {
            (State.TrainingLoss, State.EpochLossSum, State.EpochPatches, State.StepInEpoch) = (State.PassLoss, 0, 0, 0);
            State.Epoch++;
            _pass = null;
        }

        CountTime();

        // Without held-out recordings only a whole pass says something.
        return passEnded || State.Step >= _plan.MaxSteps || (Watched.Length > 0 && State.StepInEpoch % EvaluationSteps == 0);
    }

    /// <summary>Puts the best weights in place for evaluation, on the CPU; the session is not for training afterwards.</summary>
    internal ConvAutoencoder TakeBest()
    {
        Network.to(CPU);
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

    private int[] Watched => _plan.WatchedPatches;

    private void CountTime() => State.TrainingSeconds = _secondsBefore + Stopwatch.GetElapsedTime(_entered).TotalSeconds;

    /// <summary>Nothing in it draws random numbers, so no generator needs to be saved.</summary>
    private double Step(ReadOnlySpan<int> batch)
    {
        foreach (var group in _optimizer.ParamGroups)
            group.LearningRate = NextLearningRate;
        Network.train();

        using var scope = NewDisposeScope();
        var input = Input(batch);
        Tensor output;
        using (Compute.Autocast())
            output = Network.forward(input);
        var loss = Loss(output.to(ScalarType.Float32), input, batch);
        _optimizer.zero_grad();
        if (_scaler is null)
        {
            loss.backward();
            _optimizer.step();
        }
        else
        {
            _scaler.Scale(loss).backward();
            var finite = _scaler.Unscale(Network.parameters());
            if (finite)
                _optimizer.step();
            _scaler.Update(finite);
        }

        return loss.item<float>();
    }

    // One channel is the same memory in both layouts; as channels-last it lets the convolutions stay in the layout that they compute in.
    private Tensor Input(ReadOnlySpan<int> batch)
    {
        var manifest = _plan.Data.Manifest;
        var patches = empty([batch.Length, manifest.NMels, manifest.Frames, 1]);
        _plan.Data.Gather(batch, MemoryMarshal.Cast<byte, float>(patches.bytes));
        return patches.permute(0, 3, 1, 2).to(Compute.TorchDevice);
    }

    private Tensor Loss(Tensor output, Tensor input, ReadOnlySpan<int> batch) => LossWeights(batch) is { } weights
        ? ((output - input).pow(2).mean([1L, 2, 3]) * tensor(weights, [batch.Length]).to(Compute.TorchDevice)).mean()
        : nn.functional.mse_loss(output, input);

    /// <summary>Validation loss, best weights, early stop.</summary>
    /// <exception cref="TrainingDivergedException">The loss is no number.</exception>
    private void Evaluate()
    {
        double? loss = null;
        if (Watched.Length > 0)
        {
            Network.eval();
            loss = _plan.WatchedLoss(PatchErrors.Of(Network, _plan.Data, Watched, Compute.TorchDevice));
        }

        Evaluated(loss);
    }

    /// <summary>Keeps the books after an evaluation.</summary>
    /// <param name="validationLoss">Null without held-out recordings: then the training loss is watched.</param>
    /// <param name="weights">What was evaluated, if it is not in the network.</param>
    internal void Evaluated(double? validationLoss, Func<IReadOnlyList<KeyValuePair<string, StateTensor>>>? weights = null)
    {
        State.ValidationLoss = validationLoss;
        var watched = validationLoss ?? State.PassLoss;
        if (!double.IsFinite(watched))
            throw new TrainingDivergedException(State.Step, watched);
        var best = State.BestLoss is null || watched < State.BestLoss;
        if (best)
        {
            _best = weights is null ? ModuleState.Capture(Network) : weights();
            (State.BestLoss, State.BestStep, State.Stale) = (watched, State.Step, 0);
        }
        else
        {
            State.Stale++;
        }

        var lr = LearningRate.At(State.Step - 1, _plan.MaxSteps, _plan.Parameters);
        var seconds = State.TrainingSeconds - State.SecondsAtEvaluation;
        State.Metrics.Add(new MetricPoint(
            State.Step, State.Epoch, State.PassLoss, State.ValidationLoss, best, Math.Round(State.TrainingSeconds, 3), lr,
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
