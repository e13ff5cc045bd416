using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Platform.Dsp;

/// <summary>
/// One channel at another sample rate: flat within 0.1 dB up to 0.9 of the lower Nyquist frequency, and at least 80 dB less of everything
/// that does not fit under it.
/// </summary>
/// <remarks>
/// Output sample n stands at time n / rate, as the input's: there is no delay. There are ⌈input · out / in⌉ of them; outside of the
/// recording is silence. The result does not depend on the sizes of the blocks that are read. Sums of float32 products in lanes of the
/// processor's width: the rounding noise is below −130 dB of full scale.
/// </remarks>
public sealed class Resampler : AudioSource
{
    private const int BlockSamples = 16 * 1024;

    private readonly AudioSource _source;
    private readonly PolyphaseFilter _filter;
    private readonly float[] _input;
    private readonly int _step;
    private readonly int _stepRemainder;
    private int _at; // where the taps of the next output sample begin in the input
    private int _end; // of what the input holds
    private int _position; // of the next output sample between two input samples, in 1 / L
    private long _inputLength;
    private long _given;
    private bool _ended;

    /// <param name="source">One channel; disposed with this.</param>
    /// <param name="sampleRate">1000 to 384000.</param>
    public Resampler(AudioSource source, int sampleRate)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sampleRate, 1_000);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sampleRate, 384_000);
        _source = source;
        _filter = PolyphaseFilter.For(source.SampleRate, sampleRate);
        (_step, _stepRemainder) = Math.DivRem(_filter.Down, _filter.Up);
        _input = new float[_filter.Taps + _step + BlockSamples];
        _end = _filter.Before; // silence
    }

    public override int SampleRate => _filter.ToRate;

    public override int Channels => 1;

    public override bool Truncated => _source.Truncated;

    public override int Read(Span<float> interleaved)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interleaved.Length, 1);
        var filled = 0;
        while (filled < interleaved.Length)
        {
            var wanted = interleaved[filled..];
            if (_ended)
                wanted = wanted[..(int)Math.Min(wanted.Length, OutputLength() - _given)];
            var made = Filter(wanted);
            (filled, _given) = (filled + made, _given + made);
            if (made == wanted.Length && _ended)
                break;
            if (made < wanted.Length)
                Refill();
        }

        return filled;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _source.Dispose();
        base.Dispose(disposing);
    }

    private long OutputLength() => (long)(((Int128)_inputLength * _filter.Up + _filter.Down - 1) / _filter.Down);

    private int Filter(Span<float> output)
    {
        var made = 0;
        for (; made < output.Length && _at + _filter.Taps <= _end; made++)
        {
            var input = _input.AsSpan(_at, _filter.Taps);
            output[made] = _filter.Interpolated ? Between(input) : Dot(input, _filter.Row(_position));
            _at += _step;
            _position += _stepRemainder;
            if (_position >= _filter.Up)
                (_position, _at) = (_position - _filter.Up, _at + 1);
        }

        return made;
    }

    private float Between(ReadOnlySpan<float> input)
    {
        var place = (double)_position / _filter.Up * _filter.Rows;
        var row = (int)place;
        var (low, high) = (Dot(input, _filter.Row(row)), Dot(input, _filter.Row(row + 1)));
        return low + (float)(place - row) * (high - low);
    }

    // Taps that no output sample needs any more make room. After the end comes silence, for the taps behind the last samples.
    private void Refill()
    {
        var kept = _end - _at;
        _input.AsSpan(_at, kept).CopyTo(_input);
        (_at, _end) = (0, kept);
        var room = _input.AsSpan(_end);
        var read = _ended ? 0 : _source.Read(room);
        _inputLength += read;
        if (read == 0)
        {
            _ended = true;
            room.Clear();
            read = room.Length;
        }

        _end += read;
    }

    /// <summary>Both of one length, a multiple of <see cref="PolyphaseFilter.TapAlignment"/>.</summary>
    private static float Dot(ReadOnlySpan<float> input, ReadOnlySpan<float> taps)
    {
        ref var x = ref MemoryMarshal.GetReference(input);
        ref var h = ref MemoryMarshal.GetReference(taps);
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<float> a = default, b = default;
            for (nuint i = 0; i < (nuint)taps.Length; i += 32)
            {
                a = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref x, i), Vector512.LoadUnsafe(ref h, i), a);
                b = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref x, i + 16), Vector512.LoadUnsafe(ref h, i + 16), b);
            }

            return Vector512.Sum(a + b);
        }

        Vector256<float> c = default, d = default, e = default, f = default;
        for (nuint i = 0; i < (nuint)taps.Length; i += 32)
        {
            c += Vector256.LoadUnsafe(ref x, i) * Vector256.LoadUnsafe(ref h, i);
            d += Vector256.LoadUnsafe(ref x, i + 8) * Vector256.LoadUnsafe(ref h, i + 8);
            e += Vector256.LoadUnsafe(ref x, i + 16) * Vector256.LoadUnsafe(ref h, i + 16);
            f += Vector256.LoadUnsafe(ref x, i + 24) * Vector256.LoadUnsafe(ref h, i + 24);
        }

        return Vector256.Sum(c + d + (e + f));
    }
}
