using Platform.Dsp;
using Platform.Models;

namespace Platform.Predictor.Explanations;

/// <summary>
/// What the errors of a recording say to people: how large they are against what is usual for the band and, where nobody knows that, as they are.
/// </summary>
/// <param name="Usual">Usual error per band, in the units of the errors; null where the package does not say.</param>
internal sealed record DeviationReading(Deviations Deviations, Extraction Extraction, double[]? Usual)
{
    /// <summary>Neighbours of a peak that reach this share of it are named with it.</summary>
    private const double StretchShare = 0.5;

    /// <summary>Its slopes, down to this share, are part of it and no finding of their own.</summary>
    private const double SlopeShare = 0.25;

    private const int LongestList = 3;

    /// <summary>Every second and every band has a worst one; what is less than this share of the very worst is not worth a line.</summary>
    private const double WorthNaming = 0.2;

    internal double[] Edges { get; } = MelBands.Edges(Extraction);

    internal bool IsRelative => Usual is not null;

    /// <summary>A cell's error as it is shown: times the usual, or in dB.</summary>
    internal double Shown(int band, double error) => Usual is null ? Decibels(error) : error / Usual[band];

    /// <summary>The root of a mean squared error, in dB of level.</summary>
    internal double Decibels(double error) => Math.Sqrt(error) * Deviations.Width;

    /// <summary>Mean over the bands of what is shown, so that a band which is always hard to predict counts no more than the others; NaN in gaps.</summary>
    internal double[] FrameValues()
    {
        if (Usual is null)
            return [.. Deviations.FrameErrors.Select(Decibels)];

        var values = new double[Deviations.Frames];
        for (var band = 0; band < Deviations.NMels; band++)
            for (var frame = 0; frame < values.Length; frame++)
                values[frame] += Deviations.Map[band * Deviations.Frames + frame] / Usual[band] / Deviations.NMels;
        return values;
    }

    internal double[] BandValues() => [.. Deviations.BandErrors.Select((error, band) => Shown(band, error))];

    /// <summary>Seconds at which a frame begins and ends; frames are centred on multiples of their distance.</summary>
    internal (double From, double To) SecondsOf(int first, int last) => (
        Math.Max(0, (first - 0.5) * Deviations.SecondsPerFrame), (last + 0.5) * Deviations.SecondsPerFrame);

    /// <summary>Stretches of neighbouring bands around the largest values, the worst first.</summary>
    internal IReadOnlyList<Stretch> WorstBands() => Worst(BandValues());

    /// <summary>The same of frames.</summary>
    internal IReadOnlyList<Stretch> WorstFrames() => Worst(FrameValues());

    internal static IReadOnlyList<Stretch> Worst(IReadOnlyList<double> values)
    {
        var (free, found) = (values.Select(double.IsFinite).ToArray(), new List<Stretch>());
        while (found.Count < LongestList)
        {
            var peak = -1;
            for (var i = 0; i < values.Count; i++)
                if (free[i] && (peak < 0 || values[i] > values[peak]))
                    peak = i;
            if (peak < 0 || found.Count > 0 && values[peak] < WorthNaming * found[0].Peak)
                break;

            var (first, last) = Around(values, free, peak, StretchShare);
            found.Add(new(first, last, peak, values[peak], Enumerable.Range(first, last - first + 1).Average(i => values[i])));
            var (from, to) = Around(values, free, peak, SlopeShare);
            Array.Fill(free, false, from, to - from + 1);
        }

        return found;
    }

    private static (int First, int Last) Around(IReadOnlyList<double> values, bool[] free, int peak, double share)
    {
        var (first, last) = (peak, peak);
        while (first > 0 && free[first - 1] && values[first - 1] >= share * values[peak])
            first--;
        while (last < values.Count - 1 && free[last + 1] && values[last + 1] >= share * values[peak])
            last++;
        return (first, last);
    }
}

/// <summary>Neighbours that deviate together.</summary>
/// <param name="At">The one that deviates most.</param>
internal sealed record Stretch(int First, int Last, int At, double Peak, double Mean);
