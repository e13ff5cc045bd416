namespace Platform.Dsp;

/// <summary>Reads a whole WAV file into memory; <see cref="WavStream"/> reads it block by block.</summary>
/// <remarks>Memory grows with the samples that really arrive, not with what the header claims.</remarks>
public static class WavReader
{
    private const int FirstSamples = 64 * 1024;
    private const int MaxSamples = 1 << 29; // 2 GiB of float; 9 hours of mono at 16 kHz

    /// <exception cref="AudioFormatException">Not audio that can be read.</exception>
    public static WavAudio Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var source = new WavStream(stream);

        var expected = source.Expected;
        var samples = new float[Math.Min(expected ?? FirstSamples, MaxSamples)];
        var count = 0;
        while (count < expected || expected is null)
        {
            if (samples.Length - count < source.Channels)
            {
                if (samples.Length == MaxSamples)
                    throw new AudioFormatException(AudioFault.Unsupported, $"The recording has more than {MaxSamples} samples; split it.");
                Array.Resize(ref samples, (int)Math.Min(MaxSamples, 2L * samples.Length));
            }

            var read = source.Read(samples.AsSpan(count));
            count += read;
            if (read == 0)
                break;
        }

        Array.Resize(ref samples, count);
        return new WavAudio(source.SampleRate, source.Channels, samples);
    }
}
