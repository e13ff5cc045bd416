using Platform.Dsp;

namespace Platform.Models;

/// <summary>
/// What a recording's bands never fall below: for each the least of its windows' mean levels. What passes by and leaves one
/// window alone does not show in it; what the machine does all the time is in every window.
/// </summary>
/// <remarks>Threads may share it.</remarks>
public sealed class QuietestWindow
{
    // Lengths of a window between the starts of the first and the last: what lasts half a window is then never in both of them.
    private const double LeastApart = 1.5;

    private readonly int _nMels;
    private readonly int _frames;
    private readonly int _own;

    public QuietestWindow(FeatureSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        (_nMels, _frames, _own) = (spec.Extraction.NMels, spec.Frames, Math.Min(spec.Extraction.OwnFrames, spec.Frames));
        LeastPatches = 1 + (int)Math.Ceiling(LeastApart * spec.Extraction.WindowSamples / spec.Extraction.HopSamples);
    }

    /// <summary>Patches of a recording long enough to tell what lasts from what passes by.</summary>
    public int LeastPatches { get; }

    /// <summary>Lowers the levels to those of one more patch.</summary>
    /// <param name="patch">[n_mels, frames] in dB under the view.</param>
    /// <param name="levels">[n_mels], at infinity before the first patch.</param>
    public void Add(ReadOnlySpan<float> patch, Span<double> levels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(patch.Length, _nMels * _frames, nameof(patch));
        ArgumentOutOfRangeException.ThrowIfNotEqual(levels.Length, _nMels, nameof(levels));
        for (var mel = 0; mel < _nMels; mel++)
        {
            var sum = 0.0;
            foreach (var level in patch.Slice(mel * _frames, _own))
                sum += level;
            levels[mel] = Math.Min(levels[mel], sum / _own);
        }
    }

    /// <param name="stored">[patches, n_mels, own frames] in absolute dB.</param>
    internal double[] Of(ReadOnlySpan<float> stored, PatchView view)
    {
        var (levels, patch) = (new double[_nMels], new float[view.PatchLength]);
        Array.Fill(levels, double.PositiveInfinity);
        for (var from = 0; from < stored.Length; from += view.StoredLength)
        {
            view.Levels(stored.Slice(from, view.StoredLength), patch);
            Add(patch, levels);
        }

        return levels;
    }
}
