using System.Runtime.Intrinsics;

namespace Platform.Dsp;

/// <summary>From power spectra to mel bands, in power or in dB. Owns its scratch: one instance per thread.</summary>
internal sealed class MelBands
{
    private readonly MelFilterBank _bank;
    private readonly LaneBuffer _bands;
    private readonly LaneBuffer? _magnitude;
    private readonly float _decibels; // per doubling of the filtered value
    private readonly Vector256<float> _floor;

    internal MelBands(Extraction extraction)
    {
        _bank = new MelFilterBank(extraction);
        _bands = new LaneBuffer(extraction.NMels);
        _magnitude = extraction.Power == 1 ? new LaneBuffer(_bank.Bins) : null;
        var perDecade = 20 / extraction.Power;
        _decibels = (float)(perDecade * Math.Log10(2));
        _floor = Vector256.Create((float)Math.Pow(10, Extraction.FloorDb / perDecade));
    }

    internal int NMels => _bank.NMels;

    /// <summary>Filtered values of the first <paramref name="frames"/> lanes into rows of bands: [NMels, stride] from the span's start.</summary>
    internal void Power(ReadOnlySpan<Vector256<double>> power, Span<float> destination, int stride, int frames)
    {
        Filter(power);
        var bands = _bands.Span;
        for (var mel = 0; mel < bands.Length; mel++)
            Put(Vector256.Narrow(bands[mel], bands[mel]).GetLower(), destination[(mel * stride)..], frames);
    }

    /// <summary>The same as level in dB, full scale = 0 dB, nothing below <see cref="Extraction.FloorDb"/>.</summary>
    internal void Decibels(ReadOnlySpan<Vector256<double>> power, Span<float> destination, int stride, int frames)
    {
        Filter(power);
        var bands = _bands.Span;
        for (var mel = 0; mel < bands.Length; mel += 2)
        {
            // Two bands fill one vector of floats; a float's logarithm is right to 1e-5 dB. The floor is exact.
            var next = Math.Min(mel + 1, bands.Length - 1);
            var values = Vector256.Narrow(bands[mel], bands[next]);
            var levels = Vector256.Max(_decibels * Vector256.Log2(values), Vector256.Create((float)Extraction.FloorDb));
            levels = Vector256.ConditionalSelect(Vector256.GreaterThan(values, _floor), levels, Vector256.Create((float)Extraction.FloorDb));
            Put(levels.GetLower(), destination[(mel * stride)..], frames);
            Put(levels.GetUpper(), destination[(next * stride)..], frames);
        }
    }

    private void Filter(ReadOnlySpan<Vector256<double>> power)
    {
        if (_magnitude is null)
        {
            _bank.Apply(power, _bands.Span);
            return;
        }

        var magnitude = _magnitude.Span;
        for (var bin = 0; bin < magnitude.Length; bin++)
            magnitude[bin] = Vector256.Sqrt(power[bin]);
        _bank.Apply(magnitude, _bands.Span);
    }

    private static void Put(Vector128<float> values, Span<float> row, int frames)
    {
        if (frames == RealFft.Lanes)
        {
            values.CopyTo(row);
            return;
        }

        for (var frame = 0; frame < frames; frame++)
            row[frame] = values[frame];
    }
}
