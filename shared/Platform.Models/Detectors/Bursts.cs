using Platform.Dsp;

namespace Platform.Models;

/// <summary>
/// What stands out for a moment: each frame of a patch less the mean of the frames around it. A clip's mean does not show a click, and its level
/// or slow drift does not show here.
/// </summary>
/// <remarks>
/// Frames whose taper reaches over the window's edge are left out: half of them is silence that the machine did not make. The frame itself
/// and its direct neighbours, which share its audio, are no part of what it is compared with. Threads may share it.
/// </remarks>
public sealed class Bursts
{
    private const int Nearest = 2;
    private const int Farthest = 5;

    private readonly int _nMels;
    private readonly int _frames;
    private readonly int _first;

    public Bursts(FeatureSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var extraction = spec.Extraction;
        (_nMels, _frames) = (extraction.NMels, spec.Frames);
        _first = (extraction.NFft / 2 + extraction.HopLength - 1) / extraction.HopLength;
        var last = Math.Min((extraction.WindowSamples - extraction.NFft / 2) / extraction.HopLength, Math.Min(extraction.OwnFrames, _frames) - 1);
        Count = Math.Max(last - _first + 1, 0);
    }

    /// <summary>Frames of a patch that can stand out.</summary>
    public int Count { get; }

    /// <summary>Whether patches are long enough for a frame to be compared with anything.</summary>
    public bool Possible => Count > Farthest;

    /// <param name="levels">[n_mels, frames] in dB under the view.</param>
    /// <param name="destination">[n_mels, <see cref="Count"/>]</param>
    public void Of(ReadOnlySpan<float> levels, Span<double> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(levels.Length, _nMels * _frames, nameof(levels));
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, _nMels * Count, nameof(destination));
        for (var mel = 0; mel < _nMels; mel++)
        {
            var row = levels.Slice(mel * _frames + _first, Count);
            var to = destination.Slice(mel * Count, Count);
            for (var frame = 0; frame < Count; frame++)
            {
                var (sum, around) = (0.0, 0);
                for (var distance = Nearest; distance <= Farthest; distance++)
                {
                    if (frame - distance >= 0)
                        (sum, around) = (sum + row[frame - distance], around + 1);
                    if (frame + distance < Count)
                        (sum, around) = (sum + row[frame + distance], around + 1);
                }

                to[frame] = row[frame] - sum / around;
            }
        }
    }
}
