namespace Platform.Dsp;

/// <summary>Decoded audio.</summary>
/// <param name="Samples">Interleaved, full scale = ±1 (a 16-bit value divided by 32768).</param>
public sealed record WavAudio(int SampleRate, int Channels, float[] Samples)
{
    public const int MaxChannels = 64;

    /// <summary>Samples per channel.</summary>
    public int Length => Samples.Length / Channels;

    public TimeSpan Duration => TimeSpan.FromSeconds(Length / (double)SampleRate);

    /// <summary>The same samples, to be read block by block.</summary>
    public AudioSource ToSource() => new MemorySource(this);

    /// <summary>One channel of it, or the mean of all, as <see cref="Extraction.Channel"/> says.</summary>
    /// <exception cref="AudioFormatException">There is no such channel.</exception>
    public float[] Select(Extraction extraction)
    {
        ArgumentNullException.ThrowIfNull(extraction);
        var mix = new ChannelMix(Channels, extraction);
        if (Channels == 1)
            return Samples;

        var selected = new float[Length];
        float[] frames = [.. Samples]; // the mix works in place
        mix.Apply(frames, selected);
        return selected;
    }

    private sealed class MemorySource(WavAudio audio) : AudioSource
    {
        private int _given;

        public override int SampleRate => audio.SampleRate;

        public override int Channels => audio.Channels;

        public override int Read(Span<float> interleaved)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(interleaved.Length, Channels);
            var frames = Math.Min(interleaved.Length / Channels, audio.Length - _given / Channels);
            audio.Samples.AsSpan(_given, frames * Channels).CopyTo(interleaved);
            _given += frames * Channels;
            return frames * Channels;
        }
    }
}
