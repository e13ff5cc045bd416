using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Platform.Dsp;

/// <summary>Turns a recording into its feature set. Tables are built once; one instance per thread, because it owns its scratch.</summary>
public sealed class FeatureSetExtractor
{
    private const long MaxValues = 1L << 29; // 2 GiB of float32: longer recordings are to be extracted patch by patch

    private readonly PatchStream _patches;
    private readonly PatchStatistics _statistics;

    public FeatureSetExtractor(Extraction extraction)
    {
        ArgumentNullException.ThrowIfNull(extraction);
        extraction.Validate();
        Extraction = extraction;
        _patches = new PatchStream(extraction);
        _statistics = new PatchStatistics(extraction.NMels, extraction.OwnFrames);
    }

    public Extraction Extraction { get; }

    /// <summary>
    /// Reads the audio to its end and disposes it; each patch [NMels, OwnFrames] in absolute dB is lent to <paramref name="emit"/>, in order. What stands in
    /// memory does not grow with the length of the recording.
    /// </summary>
    /// <exception cref="AudioFormatException">Not audio that can be read, shorter than one window, or without the channel asked for.</exception>
    public FeatureSummary Extract(AudioSource audio, Action<ReadOnlySpan<float>> emit)
    {
        ArgumentNullException.ThrowIfNull(audio);
        ArgumentNullException.ThrowIfNull(emit);
        _patches.Reset();
        _statistics.Reset();

        // 1. decode, choose the channel, change the rate, cut, transform: one block after the other
        var meter = new LevelMeter(audio);
        using var mono = MonoSource.Of(meter, Extraction);
        var squares = 0.0;
        Action<ReadOnlySpan<float>> keep = patch =>
        {
            _statistics.Add(patch);
            emit(patch);
        };

        while (true)
        {
            var room = _patches.Room();
            var count = mono.Read(room);
            if (count == 0)
                break;
            squares += SumOfSquares(room[..count]);
            _patches.Add(count, keep);
        }

        if (_patches.Length < Extraction.WindowSamples)
            throw TooShort(meter.Summary);
        _patches.Finish(keep);

        // 2. what is asked about it later without reading it
        var (bandMean, bandVariance) = _statistics.Bands();
        return new FeatureSummary(
            _patches.PatchCount, Extraction.NMels, Extraction.OwnFrames, _statistics.Levels, Math.Sqrt(squares / _patches.Length),
            _patches.Centroid, bandMean, bandVariance, meter.Summary);
    }

    /// <summary>The same with all patches in memory.</summary>
    /// <exception cref="AudioFormatException">As above, or more patches than an array holds.</exception>
    public FeatureSet Extract(AudioSource audio)
    {
        var patches = new List<float>();
        var summary = Extract(audio, patch =>
        {
            if (patches.Count + (long)patch.Length > MaxValues)
                throw new AudioFormatException(AudioFault.Unsupported, $"The recording makes more than {MaxValues} values; split it.");
            patches.AddRange(patch);
        });
        return new FeatureSet([.. patches], summary);
    }

    /// <summary>The same of audio in memory.</summary>
    public FeatureSet Extract(WavAudio audio)
    {
        ArgumentNullException.ThrowIfNull(audio);
        return Extract(audio.ToSource());
    }

    private AudioFormatException TooShort(AudioSummary audio) => new(AudioFault.TooShort, string.Create(CultureInfo.InvariantCulture,
        $"The recording has {audio.Length} samples at {audio.SampleRate} Hz ({audio.Duration.TotalSeconds:0.###} s), " +
        $"one window needs {Extraction.WinSeconds} s ({Extraction.WindowSamples} samples at {Extraction.SampleRate} Hz)."))
    {
        Duration = audio.Duration,
    };

    private static double SumOfSquares(ReadOnlySpan<float> samples)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(samples);
        var sums = Vector<double>.Zero;
        foreach (var vector in vectors)
        {
            Vector.Widen(vector, out var first, out var second);
            sums += first * first + second * second;
        }

        var sum = Vector.Sum(sums);
        foreach (var sample in samples[(vectors.Length * Vector<float>.Count)..])
            sum += (double)sample * sample;
        return sum;
    }
}
