using System.Numerics;
using System.Runtime.InteropServices;

namespace Platform.Dsp;

/// <summary>What can be told of a recording by its samples alone, before channels are mixed and the rate is changed.</summary>
/// <param name="SampleRate">The recording's own.</param>
/// <param name="Length">Samples per channel.</param>
/// <param name="Peak">Largest absolute sample of all channels, full scale = 1.</param>
/// <param name="ClippedFraction">Share of the samples of all channels at full scale (|x| ≥ 0.9999).</param>
/// <param name="SilentFraction">
/// Share of the recording's 10 ms blocks in which no sample of any channel exceeds −80 dB of full scale: a sensor that was off.
/// </param>
/// <param name="Truncated">The recording had less than its own header says.</param>
public sealed record AudioSummary(
    int SampleRate, int Channels, long Length, double Peak, double ClippedFraction, double SilentFraction, bool Truncated)
{
    public TimeSpan Duration => TimeSpan.FromSeconds(Length / (double)SampleRate);
}

/// <summary>Passes a recording on and measures it on the way.</summary>
internal sealed class LevelMeter(AudioSource source) : AudioSource
{
    private const float FullScale = 0.9999f;
    private const float Silence = 1e-4f;

    private readonly int _block = Math.Max(1, source.SampleRate / 100) * source.Channels;
    private long _values;
    private long _clipped;
    private long _silentValues;
    private float _peak;
    private float _blockPeak;
    private int _inBlock;

    public override int SampleRate => source.SampleRate;

    public override int Channels => source.Channels;

    public override bool Truncated => source.Truncated;

    /// <summary>Of everything that was read.</summary>
    internal AudioSummary Summary
    {
        get
        {
            var silent = _silentValues + (_blockPeak <= Silence ? _inBlock : 0);
            return new AudioSummary(
                SampleRate, Channels, _values / Channels, _peak,
                _values > 0 ? _clipped / (double)_values : 0, _values > 0 ? silent / (double)_values : 0, Truncated);
        }
    }

    public override int Read(Span<float> interleaved)
    {
        var count = source.Read(interleaved);
        var values = interleaved[..count];
        _values += count;
        while (!values.IsEmpty)
        {
            var part = values[..Math.Min(values.Length, _block - _inBlock)];
            Measure(part);
            values = values[part.Length..];
            _inBlock += part.Length;
            if (_inBlock == _block)
            {
                _silentValues += _blockPeak <= Silence ? _block : 0;
                (_inBlock, _blockPeak) = (0, 0);
            }
        }

        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            source.Dispose();
        base.Dispose(disposing);
    }

    private void Measure(ReadOnlySpan<float> values)
    {
        var (peak, clipped) = (Vector<float>.Zero, Vector<int>.Zero);
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        foreach (var vector in vectors)
        {
            var size = Vector.Abs(vector);
            peak = Vector.Max(peak, size);
            clipped -= Vector.GreaterThanOrEqual(size, new Vector<float>(FullScale)); // true is −1
        }

        _clipped += Vector.Sum(clipped);
        var loudest = 0f;
        for (var i = 0; i < Vector<float>.Count; i++)
            loudest = Math.Max(loudest, peak[i]);
        foreach (var value in values[(vectors.Length * Vector<float>.Count)..])
        {
            loudest = Math.Max(loudest, Math.Abs(value));
            _clipped += Math.Abs(value) >= FullScale ? 1 : 0;
        }

        _blockPeak = Math.Max(_blockPeak, loudest);
        _peak = Math.Max(_peak, _blockPeak);
    }
}
