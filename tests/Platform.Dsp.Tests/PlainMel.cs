namespace Platform.Dsp.Tests;

/// <summary>The mel spectrogram written down as its definition: a Fourier sum per bin, triangles over all bins, double precision.</summary>
internal static class PlainMel
{
    /// <summary>[NMels, frames] of a clip beside which is silence.</summary>
    internal static double[] Power(float[] clip, Extraction extraction)
    {
        var (nFft, hop, frames) = (extraction.NFft, extraction.HopLength, 1 + clip.Length / extraction.HopLength);
        var filters = Filters(extraction);
        var turns = Enumerable.Range(0, nFft).Select(i => Math.SinCos(-2 * Math.PI * i / nFft)).ToArray();
        var result = new double[extraction.NMels * frames];
        for (var frame = 0; frame < frames; frame++)
        {
            var samples = new double[nFft];
            for (var n = 0; n < nFft; n++)
            {
                var at = frame * hop - nFft / 2 + n;
                samples[n] = at >= 0 && at < clip.Length ? clip[at] * (0.5 - 0.5 * Math.Cos(2 * Math.PI * n / nFft)) : 0;
            }

            for (var bin = 0; bin <= nFft / 2; bin++)
            {
                var (re, im) = (0.0, 0.0);
                for (var n = 0; n < nFft; n++)
                {
                    var (sin, cos) = turns[(int)((long)bin * n % nFft)];
                    re += samples[n] * cos;
                    im += samples[n] * sin;
                }

                var value = Math.Pow(re * re + im * im, extraction.Power / 2);
                for (var mel = 0; mel < extraction.NMels; mel++)
                    result[mel * frames + frame] += filters[mel][bin] * value;
            }
        }

        return result;
    }

    private static double[][] Filters(Extraction extraction)
    {
        var htk = extraction.Mel == Extraction.HtkMel;
        double ToMel(double hz) => htk ? 2595 * Math.Log10(1 + hz / 700) : hz < 1000 ? hz * 3 / 200 : 15 + 27 * Math.Log(hz / 1000) / Math.Log(6.4);
        double ToHz(double mel) => htk ? 700 * (Math.Pow(10, mel / 2595) - 1) : mel < 15 ? mel * 200 / 3 : 1000 * Math.Pow(6.4, (mel - 15) / 27);

        var (low, high) = (ToMel(extraction.FMin), ToMel(extraction.FMax ?? extraction.SampleRate / 2.0));
        var edges = Enumerable.Range(0, extraction.NMels + 2).Select(i => ToHz(low + (high - low) * i / (extraction.NMels + 1))).ToArray();
        return [.. Enumerable.Range(0, extraction.NMels).Select(mel => Enumerable.Range(0, extraction.NFft / 2 + 1).Select(bin =>
        {
            var hz = (double)bin * extraction.SampleRate / extraction.NFft;
            var (rising, falling) = ((hz - edges[mel]) / (edges[mel + 1] - edges[mel]), (edges[mel + 2] - hz) / (edges[mel + 2] - edges[mel + 1]));
            return Math.Max(0, Math.Min(rising, falling)) * 2 / (edges[mel + 2] - edges[mel]);
        }).ToArray())];
    }
}
