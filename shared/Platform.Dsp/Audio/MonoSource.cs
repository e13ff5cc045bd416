namespace Platform.Dsp;

/// <summary>The one channel that an extraction looks at: chosen or mixed, at the extraction's sample rate.</summary>
public sealed class MonoSource : AudioSource
{
    private const int BlockFrames = 4 * 1024;

    private readonly AudioSource _source;
    private readonly ChannelMix _mix;
    private readonly float[] _block;

    private MonoSource(AudioSource source, ChannelMix mix) =>
        (_source, _mix, _block) = (source, mix, new float[BlockFrames * source.Channels]);

    public override int SampleRate => _source.SampleRate;

    public override int Channels => 1;

    public override bool Truncated => _source.Truncated;

    /// <summary>Mixes first and resamples then, each only where needed. Disposing the result disposes the source.</summary>
    /// <exception cref="AudioFormatException">There is no such channel; the source is disposed.</exception>
    public static AudioSource Of(AudioSource source, Extraction extraction)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(extraction);
        try
        {
            var mix = new ChannelMix(source.Channels, extraction);
            var mono = source.Channels == 1 ? source : new MonoSource(source, mix);
            return mono.SampleRate == extraction.SampleRate ? mono : new Resampler(mono, extraction.SampleRate);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public override int Read(Span<float> interleaved)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interleaved.Length, 1);
        var filled = 0;
        while (filled < interleaved.Length)
        {
            var frames = Math.Min(BlockFrames, interleaved.Length - filled);
            var read = _source.Read(_block.AsSpan(0, frames * _source.Channels));
            if (read == 0)
                break;
            _mix.Apply(_block.AsSpan(0, read), interleaved.Slice(filled, read / _source.Channels));
            filled += read / _source.Channels;
        }

        return filled;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _source.Dispose();
        base.Dispose(disposing);
    }
}
