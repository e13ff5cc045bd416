using System.Globalization;

namespace Platform.Dsp;

/// <summary>Decoded audio.</summary>
/// <param name="Samples">Interleaved, full scale = ±1 (a 16-bit value divided by 32768).</param>
public sealed record WavAudio(int SampleRate, int Channels, float[] Samples)
{
    public const int MaxChannels = 64;

    /// <summary>Samples per channel.</summary>
    public int Length => Samples.Length / Channels;

    public TimeSpan Duration => TimeSpan.FromSeconds(Length / (double)SampleRate);

    /// <summary>One channel of it, or the mean of all, as <see cref="Extraction.Channel"/> says.</summary>
    /// <exception cref="AudioFormatException">There is no such channel.</exception>
    public float[] Select(Extraction extraction)
    {
        ArgumentNullException.ThrowIfNull(extraction);
        var index = extraction.ChannelIndex;
        if (index >= Channels)
        {
            throw new AudioFormatException(AudioFault.Unsupported, string.Create(
                CultureInfo.InvariantCulture, $"The spec takes channel {index}, the recording has channels 0 to {Channels - 1}."));
        }

        if (Channels == 1)
            return Samples;

        var selected = new float[Length];
        for (var i = 0; i < selected.Length; i++)
        {
            var frame = Samples.AsSpan(i * Channels, Channels);
            selected[i] = index is { } channel ? frame[channel] : Mean(frame);
        }

        return selected;
    }

    private static float Mean(ReadOnlySpan<float> frame)
    {
        var sum = 0f;
        foreach (var sample in frame)
            sum += sample;
        return sum / frame.Length;
    }
}
