namespace Platform.Dsp;

/// <summary>
/// Reads RIFF/WAVE, RF64 and BW64 block by block: integer PCM of 8, 16, 24, 32 bits, float of 32, 64 bits, plain or extensible.
/// </summary>
/// <remarks>
/// Sizes in the file are claims: a data chunk that claims more than there is, or nothing, reaches to the end, and an incomplete last
/// sample frame is dropped. What follows the data chunk is not looked at. The stream is read forward only and stays the caller's.
/// </remarks>
public sealed class WavStream : AudioSource
{
    private const int BlockBytes = 64 * 1024;

    private readonly Stream _stream;
    private readonly WavHeader _header;
    private readonly byte[] _block; // whole sample frames
    private readonly TimeSpan _maxDuration;
    private (int At, int End) _unread;
    private long _bytesTaken;
    private long _samplesGiven;
    private bool _ended;
    private bool _truncated;

    /// <summary>Reads the header.</summary>
    /// <exception cref="AudioFormatException">Not a WAV file that can be read; the message names the byte or the field.</exception>
    public WavStream(Stream stream, AudioLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _header = WavHeader.Read(stream);
        _block = new byte[BlockBytes / _header.Format.BytesPerFrame * _header.Format.BytesPerFrame];
        _maxDuration = (limits ?? AudioLimits.Default).MaxDuration;
    }

    public override int SampleRate => _header.Format.SampleRate;

    public override int Channels => _header.Format.Channels;

    public override bool Truncated => _truncated;

    /// <summary>Most samples that can still come, where the length of the stream is known; asked before the first block is read.</summary>
    internal long? Expected => _stream.CanSeek
        ? Math.Min(_header.DataBytes ?? long.MaxValue, _stream.Length - _stream.Position) / _header.Format.BytesPerFrame * Channels
        : null;

    public override int Read(Span<float> interleaved)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interleaved.Length, Channels);
        interleaved = interleaved[..(interleaved.Length / Channels * Channels)];
        var filled = 0;
        while (filled < interleaved.Length && (_unread.At < _unread.End || Refill()))
        {
            var samples = interleaved[filled..];
            samples = samples[..Math.Min(samples.Length, (_unread.End - _unread.At) / _header.Format.BytesPerSample)];
            SampleEncoding.Decode(_header.Format, _block.AsSpan(_unread.At, _unread.End - _unread.At), samples);
            if (_header.Format.Code == WavFormat.IeeeFloat)
                ThrowIfUnusable(samples);
            _unread.At += samples.Length * _header.Format.BytesPerSample;
            _samplesGiven += samples.Length;
            filled += samples.Length;
        }

        return filled;
    }

    private bool Refill()
    {
        if (_ended)
            return false;

        var wanted = (int)Math.Min(_block.Length, (_header.DataBytes ?? long.MaxValue) - _bytesTaken);
        var read = _stream.ReadAtLeast(_block.AsSpan(0, wanted), wanted, throwOnEndOfStream: false);
        _bytesTaken += read;
        var whole = read / _header.Format.BytesPerFrame * _header.Format.BytesPerFrame;
        _ended = read < _block.Length;
        _truncated = read < wanted && _header.DataBytes is not null || whole < read;
        _unread = (0, whole);

        var seconds = (double)_bytesTaken / _header.Format.BytesPerFrame / SampleRate;
        if (seconds > _maxDuration.TotalSeconds)
            throw AudioLimits.TooLong(_maxDuration);
        return whole > 0;
    }

    private void ThrowIfUnusable(ReadOnlySpan<float> samples)
    {
        if (SampleEncoding.FirstUnusable(samples) is >= 0 and var at)
        {
            var index = _samplesGiven + at;
            throw new AudioFormatException(AudioFault.Corrupt, string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"Byte {_header.DataOffset + index * _header.Format.BytesPerSample}: sample {index / Channels} of channel {index % Channels} " +
                $"is {samples[at]}; samples must be finite and within ±2^32."));
        }
    }
}
