using System.Globalization;

namespace Platform.Dsp;

/// <summary>Turns a recording into its feature set. Tables are built once; one instance per thread, because it owns its scratch.</summary>
public sealed class FeatureSetExtractor
{
    private const long MaxValues = 1L << 29; // 2 GiB of float32: longer recordings are to be split before they are archived

    private readonly MelSpectrogram _mel;
    private readonly SpectralCentroid _centroid;

    public FeatureSetExtractor(Extraction extraction)
    {
        ArgumentNullException.ThrowIfNull(extraction);
        _mel = new MelSpectrogram(extraction);
        _centroid = new SpectralCentroid(extraction);
        Extraction = extraction;
    }

    public Extraction Extraction { get; }

    /// <exception cref="AudioFormatException">
    /// Another sample rate, too short, too long, or without the channel that the extraction takes.
    /// </exception>
    public FeatureSet Extract(WavAudio audio)
    {
        ArgumentNullException.ThrowIfNull(audio);
        var patchCount = CheckedPatchCount(audio);
        var clip = audio.Select(Extraction);

        // 1. every window is a clip of its own
        var (frames, patchLength) = (Extraction.OwnFrames, Extraction.NMels * Extraction.OwnFrames);
        var patches = new float[patchCount * patchLength];
        for (var i = 0; i < patchCount; i++)
            _mel.Decibels(clip.AsSpan(i * Extraction.HopSamples, Extraction.WindowSamples), patches.AsSpan(i * patchLength, patchLength));

        // 2. what is asked about them later without reading them
        var (bandMean, bandVariance) = BandStatistics(patches, patchCount, frames);
        return new FeatureSet(
            patches, patchCount, Extraction.NMels, frames, LevelsOf(patches, patchLength), Rms(clip), _centroid.Mean(clip),
            bandMean, bandVariance);
    }

    private int CheckedPatchCount(WavAudio audio)
    {
        if (audio.SampleRate != Extraction.SampleRate)
        {
            throw new AudioFormatException(AudioFault.WrongSampleRate,
                $"The recording has {audio.SampleRate} Hz, the device's feature spec needs {Extraction.SampleRate} Hz.");
        }

        var patchCount = Extraction.PatchesIn(audio.Length);
        if (patchCount == 0)
        {
            throw new AudioFormatException(AudioFault.TooShort, string.Create(CultureInfo.InvariantCulture,
                $"The recording has {audio.Length} samples ({audio.Duration.TotalSeconds:0.###} s), " +
                $"one window needs {Extraction.WindowSamples} ({Extraction.WinSeconds} s)."));
        }

        var values = (long)patchCount * Extraction.NMels * Extraction.OwnFrames;
        if (values > MaxValues)
        {
            throw new AudioFormatException(AudioFault.Unsupported,
                $"The recording makes {patchCount} patches with {values} values, allowed are {MaxValues}; split it.");
        }

        return patchCount;
    }

    private static LevelStatistics LevelsOf(float[] patches, int patchLength)
    {
        var (min, max, relativeMin) = (float.PositiveInfinity, float.NegativeInfinity, 0f);
        for (var at = 0; at < patches.Length; at += patchLength)
        {
            var (lowest, loudest) = (float.PositiveInfinity, float.NegativeInfinity);
            foreach (var level in patches.AsSpan(at, patchLength))
                (lowest, loudest) = (Math.Min(lowest, level), Math.Max(loudest, level));
            (min, max, relativeMin) = (Math.Min(min, lowest), Math.Max(max, loudest), Math.Min(relativeMin, lowest - loudest));
        }

        return new LevelStatistics(min, max, relativeMin);
    }

    // Sums in double: a long recording has millions of cells per band.
    private (double[] Mean, double[] Variance) BandStatistics(float[] patches, int patchCount, int frames)
    {
        var bands = Extraction.NMels;
        var (mean, variance) = (new double[bands], new double[bands]);
        var cells = (double)patchCount * frames;
        for (var row = 0; row < patchCount * bands; row++)
        {
            foreach (var level in patches.AsSpan(row * frames, frames))
                mean[row % bands] += level / cells;
        }

        for (var row = 0; row < patchCount * bands; row++)
        {
            foreach (var level in patches.AsSpan(row * frames, frames))
                variance[row % bands] += (level - mean[row % bands]) * (level - mean[row % bands]) / cells;
        }

        return (mean, variance);
    }

    private static double Rms(ReadOnlySpan<float> clip)
    {
        double sum = 0;
        foreach (var sample in clip)
            sum += (double)sample * sample;
        return Math.Sqrt(sum / clip.Length);
    }
}
