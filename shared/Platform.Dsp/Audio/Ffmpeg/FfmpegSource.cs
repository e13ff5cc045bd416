using System.Globalization;
using System.Runtime.ExceptionServices;

namespace Platform.Dsp;

/// <summary>Audio that the program <c>ffmpeg</c> decodes while it is read: the first audio track, at its own rate and channels.</summary>
/// <remarks>
/// The child process gets the recording by pipe and can open nothing else; its processor time, memory and output are bounded, and it is
/// killed with its group on disposal and when this process dies. A decode that fails, or complains, after it gave audio counts as truncated;
/// a cut in a format that is nothing but frames (mp3, aac, ogg) is not noticed.
/// </remarks>
public sealed class FfmpegSource : AudioSource
{
    private const int KilledFromOutside = 128 + 9;
    private const int NotStarted = 126; // and 127: a program of the chain could not become the next one

    private readonly AudioFormat _format;
    private readonly AudioLimits _limits;
    private readonly DecoderProcess _decoder;
    private readonly WavStream _audio;
    private long _samples;
    private bool _ended;
    private bool _truncated;

    /// <summary>Starts the decoder and waits for its first audio. The stream stays the caller's.</summary>
    /// <exception cref="AudioFormatException">There is no audio in it; the message says what ffmpeg says.</exception>
    /// <exception cref="DecoderMissingException">ffmpeg is not installed.</exception>
    public FfmpegSource(Stream stream, AudioFormat format, AudioLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(format);
        (_format, _limits) = (format, limits ?? AudioLimits.Default);
        _decoder = new DecoderProcess(FfmpegCommand.For(format, _limits), stream, _limits);
        try
        {
            _decoder.Await(true);
            _audio = new WavStream(_decoder.Output, _limits);
            _decoder.Await(false);
        }
        catch (AudioFormatException error) when (error.Fault == AudioFault.Corrupt)
        {
            using (_decoder)
                throw NoAudio(_decoder.WaitForEnd());
        }
        catch
        {
            _decoder.Dispose();
            throw;
        }
    }

    public override int SampleRate => _audio.SampleRate;

    public override int Channels => _audio.Channels;

    public override bool Truncated => _truncated;

    public override int Read(Span<float> interleaved)
    {
        if (_ended)
            return 0;

        _decoder.Await(true);
        var read = _audio.Read(interleaved);
        _decoder.Await(false);
        _samples += read;
        _decoder.SecondsGiven = (double)_samples / Channels / SampleRate;
        if (read == 0)
            End();
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _decoder.Dispose();
        base.Dispose(disposing);
    }

    private void End()
    {
        _ended = true;
        var exitCode = _decoder.WaitForEnd();
        if (_samples == 0 || ExcuseOf(exitCode) is not null)
            throw NoAudio(exitCode);
        _truncated = exitCode != 0 || _decoder.Complaint.Length > 0 || _audio.Truncated;
    }

    private Exception NoAudio(int exitCode) => ExcuseOf(exitCode) ?? new AudioFormatException(AudioFault.Corrupt,
        $"Bytes 0 to {_decoder.BytesFed} ({_format.Extension}): ffmpeg finds no audio: " +
        (_decoder.Complaint.Length > 0 ? _decoder.Complaint : $"exit code {exitCode}."));

    /// <summary>What ended it, other than the end of the recording or its own choice.</summary>
    private Exception? ExcuseOf(int exitCode)
    {
        if (_decoder.InputFailure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        if (_decoder.TooSlow)
        {
            return new AudioFormatException(AudioFault.Corrupt, string.Create(CultureInfo.InvariantCulture,
                $"Bytes 0 to {_decoder.BytesFed} ({_format.Extension}): ffmpeg needed more than {_limits.Time.TotalSeconds} s of processor time " +
                $"for {_decoder.SecondsGiven:0.###} s of audio."));
        }

        if (_decoder.Stalled)
            return new TimeoutException($"ffmpeg did nothing for minutes after {_decoder.BytesFed} bytes.");
        return exitCode switch
        {
            NotStarted or NotStarted + 1 => new DecoderMissingException("ffmpeg", new InvalidOperationException(_decoder.Complaint)),
            KilledFromOutside => new IOException($"ffmpeg was killed by somebody else after {_decoder.BytesFed} bytes; is there enough memory?"),
            _ => null,
        };
    }
}
