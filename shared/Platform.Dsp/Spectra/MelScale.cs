namespace Platform.Dsp;

/// <summary>
/// Hertz to mel and back; <c>slaney</c> is linear below 1 kHz and logarithmic above, <c>htk</c> is 2595·log10(1 + f/700).
/// </summary>
internal readonly record struct MelScale(bool Htk)
{
    private const double LinearHzPerMel = 200.0 / 3;
    private const double BreakHz = 1000;
    private const double BreakMel = BreakHz / LinearHzPerMel;
    private static readonly double LogStep = Math.Log(6.4) / 27;

    internal double FromHz(double hz)
    {
        if (Htk)
            return 2595 * Math.Log10(1 + hz / 700);
        return hz < BreakHz ? hz / LinearHzPerMel : BreakMel + Math.Log(hz / BreakHz) / LogStep;
    }

    internal double ToHz(double mel)
    {
        if (Htk)
            return 700 * (Math.Pow(10, mel / 2595) - 1);
        return mel < BreakMel ? mel * LinearHzPerMel : BreakHz * Math.Exp(LogStep * (mel - BreakMel));
    }
}
