namespace Platform.Models;

/// <summary>Reconstruction errors of several patches, each as a whole and per mel band.</summary>
/// <param name="Patches">Mean squared error of each patch, padding included.</param>
/// <param name="Bands">[patches, n_mels] row-major: of each band, without padding.</param>
public sealed record BandErrors(double[] Patches, double[] Bands)
{
    // Digital silence that the network reproduces exactly has no logarithm; 1e-12 is 120 dB below a scale's width.
    private const double Least = 1e-12;

    /// <summary>Logarithm of the mean error per band of the recording that patches <paramref name="from"/> up to <paramref name="to"/> are of: what
    /// <see cref="DetectorConfig.Bands"/> compares.</summary>
    public double[] Logarithms(int from, int to)
    {
        var nMels = Bands.Length / Patches.Length;
        var logs = new double[nMels];
        for (var patch = from; patch < to; patch++)
        {
            for (var mel = 0; mel < nMels; mel++)
                logs[mel] += Bands[patch * nMels + mel] / (to - from);
        }

        for (var mel = 0; mel < nMels; mel++)
            logs[mel] = Math.Log(Math.Max(logs[mel], Least));
        return logs;
    }
}
