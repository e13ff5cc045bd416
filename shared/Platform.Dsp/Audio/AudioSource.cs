namespace Platform.Dsp;

/// <summary>Audio that is read once, block by block: a decoder, or a step between one and the patches. For one thread.</summary>
public abstract class AudioSource : IDisposable
{
    /// <summary>Samples per second and channel.</summary>
    public abstract int SampleRate { get; }

    public abstract int Channels { get; }

    /// <summary>True once the end is reached and the recording had less, or a broken end, than its own header says.</summary>
    public virtual bool Truncated => false;

    /// <summary>
    /// Fills <paramref name="interleaved"/> with sample frames, full scale = ±1, and returns how many floats: a multiple of
    /// <see cref="Channels"/>, 0 only at the end. Room for at least one sample frame is needed.
    /// </summary>
    /// <exception cref="AudioFormatException">The bytes contradict their own format.</exception>
    public abstract int Read(Span<float> interleaved);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
