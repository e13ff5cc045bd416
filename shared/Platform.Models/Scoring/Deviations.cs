using Platform.Dsp;

namespace Platform.Models;

/// <summary>
/// Where in a recording a model's reconstruction is wrong: squared errors in normalised units, so that their mean over the cells of a patch is
/// its reconstruction error.
/// </summary>
/// <param name="Frames">Columns of <paramref name="Map"/>: the recording's frames, as far as its windows reach.</param>
/// <param name="SecondsPerFrame">Column i is centred at i times this.</param>
/// <param name="Width">The device's scale in dB: an error times its square is in dB².</param>
/// <param name="BandErrors">Mean over time per mel band.</param>
/// <param name="FrameErrors">Mean over bands per column; NaN where hops leave a gap between windows.</param>
/// <param name="Map">[NMels, Frames] row-major; where windows overlap, the mean of theirs; NaN in gaps.</param>
/// <param name="LevelShift">Mean level per mel band less the device's usual one, in dB; null where the model has no profile of it.</param>
/// <param name="Prediction">What the same pass says about the recording.</param>
public sealed record Deviations(
    int NMels,
    int Frames,
    double SecondsPerFrame,
    double Width,
    double[] BandErrors,
    double[] FrameErrors,
    float[] Map,
    double[]? LevelShift,
    Prediction Prediction);

/// <summary>Lays the error maps of a recording's windows side by side in time.</summary>
internal sealed class DeviationMap
{
    private readonly Extraction _extraction;
    private readonly int _patchFrames;
    private readonly int _own;
    private readonly int _frames;
    private readonly float[] _sum;
    private readonly int[] _windows;

    internal DeviationMap(FeatureSpec spec, int patches)
    {
        (_extraction, _patchFrames) = (spec.Extraction, spec.Frames);
        _own = Math.Min(_extraction.OwnFrames, _patchFrames); // padding is no part of the recording
        _frames = StartOf(patches - 1) + _own;
        _sum = new float[_extraction.NMels * _frames];
        _windows = new int[_frames];
    }

    /// <param name="errors">[n_mels, frames] of the patch, padding included.</param>
    internal void Add(int patch, ReadOnlySpan<float> errors)
    {
        var start = StartOf(patch);
        for (var frame = 0; frame < _own; frame++)
            _windows[start + frame]++;
        for (var mel = 0; mel < _extraction.NMels; mel++)
        {
            var from = errors.Slice(mel * _patchFrames, _own);
            var to = _sum.AsSpan(mel * _frames + start, _own);
            for (var frame = 0; frame < _own; frame++)
                to[frame] += from[frame];
        }
    }

    internal Deviations Of(Prediction prediction, Scale scale, double[]? levelShift)
    {
        var nMels = _extraction.NMels;
        var (bands, columns, covered) = (new double[nMels], new double[_frames], _windows.Count(count => count > 0));
        var map = new float[_sum.Length];
        for (var mel = 0; mel < nMels; mel++)
        {
            for (var frame = 0; frame < _frames; frame++)
            {
                var value = _windows[frame] == 0 ? float.NaN : _sum[mel * _frames + frame] / _windows[frame];
                map[mel * _frames + frame] = value;
                columns[frame] += value / (double)nMels;
                if (_windows[frame] > 0)
                    bands[mel] += value / (double)covered;
            }
        }

        return new Deviations(
            nMels, _frames, (double)_extraction.HopLength / _extraction.SampleRate, scale.Width, bands, columns, map, levelShift, prediction);
    }

    private int StartOf(int patch) =>
        (int)Math.Round((double)patch * _extraction.HopSamples / _extraction.HopLength, MidpointRounding.AwayFromZero);
}
