using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Platform.Dsp;

/// <summary><see cref="FrameKernel"/> for vectors of one width.</summary>
internal sealed class FrameKernel<TLanes> : FrameKernel where TLanes : struct, ILanes<TLanes>
{
    private readonly RealFft<TLanes> _fft;
    private readonly MelFilterBank _bank;
    private readonly LaneBuffer<TLanes> _bands;
    private readonly LaneBuffer<TLanes>? _magnitude;
    private readonly float[] _padded; // one frame per lane, for those that reach outside of the signal
    private readonly float[] _levels; // [NMels, lanes]
    private readonly float _decibels; // per doubling of the filtered value
    private readonly float _floor;
    private readonly double _hzPerBin;
    private int _frames;

    internal FrameKernel(Extraction extraction) : base(extraction)
    {
        Span<double> taper = new double[NFft];
        for (var n = 0; n < taper.Length; n++)
            taper[n] = 0.5 - 0.5 * Math.Cos(2 * Math.PI * n / taper.Length);
        _fft = new RealFft<TLanes>(taper);
        _padded = new float[TLanes.Count * NFft];

        _bank = new MelFilterBank(extraction);
        _bands = new LaneBuffer<TLanes>(NMels);
        _levels = new float[(NMels + 1) / 2 * 2 * TLanes.Count]; // whole vectors
        _magnitude = extraction.Power == 1 ? new LaneBuffer<TLanes>(_bank.Bins) : null;
        var perDecade = 20 / extraction.Power;
        _decibels = (float)(perDecade * Math.Log10(2));
        _floor = (float)Math.Pow(10, Extraction.FloorDb / perDecade);
        _hzPerBin = extraction.SampleRate / (double)NFft;
    }

    internal override int Lanes => TLanes.Count;

    internal override void Transform(ReadOnlySpan<float> signal, ReadOnlySpan<int> starts)
    {
        ArgumentOutOfRangeException.ThrowIfZero(starts.Length, nameof(starts));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(starts.Length, TLanes.Count, nameof(starts));
        _frames = starts.Length;

        // Lanes without a frame repeat the last one.
        Span<int> all = stackalloc int[TLanes.Count];
        starts.CopyTo(all);
        all[starts.Length..].Fill(starts[^1]);
        if (signal.Length >= NFft && all.IndexOfAnyExceptInRange(0, signal.Length - NFft) < 0)
        {
            _fft.PowerSpectra(signal, all);
            return;
        }

        for (var lane = 0; lane < all.Length; lane++)
        {
            Pad(signal, all[lane], _padded.AsSpan(lane * NFft, NFft));
            all[lane] = lane * NFft;
        }

        _fft.PowerSpectra(_padded, all);
    }

    internal override void Power(Span<float> destination, int stride)
    {
        Filter();
        CopyTo(destination, stride);
    }

    internal override void Decibels(Span<float> destination, int stride)
    {
        Filter();
        // A float's logarithm is right to 1e-5 dB; the floor is exact. Nothing at or below it reaches the logarithm, which would take another
        // path for the whole vector when it meets a zero, and then a silent band would change the last bit of its neighbours.
        var (floor, floorDb) = (Vector256.Create(_floor), Vector256.Create((float)Extraction.FloorDb));
        foreach (ref var vector in MemoryMarshal.Cast<float, Vector256<float>>(_levels.AsSpan()))
        {
            var levels = Vector256.Max(_decibels * Vector256.Log2(Vector256.Max(vector, floor)), floorDb);
            vector = Vector256.ConditionalSelect(Vector256.GreaterThan(vector, floor), levels, floorDb);
        }

        CopyTo(destination, stride);
    }

    internal override void Centroids(Span<double> destination)
    {
        // Roots in float32, as librosa takes them; sums in double.
        var power = _fft.Power;
        var (moment, mass) = (TLanes.All(0), TLanes.All(0));
        for (var bin = 0; bin < power.Length; bin += 2)
        {
            var (first, second) = TLanes.Roots(power[bin], bin + 1 < power.Length ? power[bin + 1] : TLanes.All(0));
            mass += first + second;
            moment += TLanes.MultiplyAdd(first, TLanes.All(bin), second * TLanes.All(bin + 1));
        }

        var moments = MemoryMarshal.Cast<TLanes, double>(new Span<TLanes>(ref moment));
        var masses = MemoryMarshal.Cast<TLanes, double>(new Span<TLanes>(ref mass));
        for (var frame = 0; frame < _frames; frame++)
            destination[frame] = masses[frame] > 0 ? moments[frame] * _hzPerBin / masses[frame] : 0;
    }

    private static void Pad(ReadOnlySpan<float> signal, int start, Span<float> frame)
    {
        var first = Math.Clamp(-start, 0, frame.Length);
        var end = Math.Clamp(signal.Length - start, first, frame.Length);
        frame[..first].Clear();
        signal[(start + first)..(start + end)].CopyTo(frame[first..]);
        frame[end..].Clear();
    }

    private void Filter()
    {
        if (_magnitude is null)
        {
            _bank.Apply(_fft.Power, _bands.Span);
        }
        else
        {
            var power = _fft.Power;
            var magnitude = _magnitude.Span;
            for (var bin = 0; bin < magnitude.Length; bin++)
                magnitude[bin] = TLanes.Sqrt(power[bin]);
            _bank.Apply(magnitude, _bands.Span);
        }

        var bands = _bands.Span;
        for (var mel = 0; mel < bands.Length; mel++)
            TLanes.Narrow(bands[mel], ref _levels[mel * TLanes.Count]);
    }

    private void CopyTo(Span<float> destination, int stride)
    {
        for (var mel = 0; mel < NMels; mel++)
            _levels.AsSpan(mel * TLanes.Count, _frames).CopyTo(destination[(mel * stride)..]);
    }
}
