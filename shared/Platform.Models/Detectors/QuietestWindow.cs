using Platform.Dsp;

namespace Platform.Models;

/// <summary>
/// What a recording's bands never fall below: for each the least of its windows' mean levels. What passes by within two thirds of the recording
/// leaves it as it is; what the machine does all the time is in every window.
/// </summary>
/// <remarks>Threads may share it.</remarks>
public sealed class QuietestWindow
{
    // With fewer than three that share no audio, what passes by may be in all of them.
    private const int LeastApart = 3;

    private readonly int _nMels;
    private readonly int _frames;
    private readonly int _own;

    public QuietestWindow(FeatureSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        (_nMels, _frames, _own) = (spec.Extraction.NMels, spec.Frames, Math.Min(spec.Extraction.OwnFrames, spec.Frames));
        LeastPatches = 1 + (int)Math.Ceiling((LeastApart - 1.0) * spec.Extraction.WindowSamples / spec.Extraction.HopSamples);
    }

    /// <summary>Patches of a recording that has three windows which share no audio.</summary>
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
