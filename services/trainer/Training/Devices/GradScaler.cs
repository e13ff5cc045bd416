using static TorchSharp.torch;

namespace Platform.Trainer.Training;

/// <summary>
/// Multiplies the loss so that small gradients survive half precision, and divides them again before the optimiser sees them. A step
/// whose gradients overflowed is skipped and halves the scale; 2 000 good ones in a row double it (Micikevicius et al. 2018, and the
/// defaults of <c>torch.cuda.amp.GradScaler</c>).
/// </summary>
internal sealed class GradScaler(GradScalerState state)
{
    private const double Growth = 2;
    private const double Backoff = 0.5;
    private const int GrowthInterval = 2_000;

    internal Tensor Scale(Tensor loss) => loss * state.Scale;

    /// <summary>Divides the gradients; false when the step must be skipped because one of them is not finite.</summary>
    internal bool Unscale(IEnumerable<Tensor> parameters)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var finite = ones([], ScalarType.Bool);
        foreach (var parameter in parameters)
        {
            if (parameter.grad is not { } gradient)
                continue;
            gradient.mul_(1 / state.Scale);
            finite = finite.to(gradient.device).logical_and(gradient.isfinite().all());
        }

        return finite.item<bool>();
    }

    /// <summary>After each step, taken or skipped.</summary>
    internal void Update(bool taken)
    {
        if (!taken)
            (state.Scale, state.GoodSteps) = (state.Scale * Backoff, 0);
        else if (++state.GoodSteps == GrowthInterval)
            (state.Scale, state.GoodSteps) = (state.Scale * Growth, 0);
    }
}

/// <summary>What a checkpoint keeps of a <see cref="GradScaler"/>.</summary>
internal sealed class GradScalerState
{
    public double Scale { get; set; } = 65_536;

    /// <summary>Steps taken since the scale last changed.</summary>
    public int GoodSteps { get; set; }
}
