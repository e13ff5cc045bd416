namespace Platform.Dsp;

/// <summary>Opens any audio that is accepted: WAV of plain samples in process, everything else by the program <c>ffmpeg</c>.</summary>
public static class AudioDecoder
{
    private const int SniffBytes = 64;

    private static readonly AudioFormat Wav = new("wav", ["audio/wav", "audio/x-wav", "audio/vnd.wave", "audio/wave"]);
    private static readonly AudioFormat Mp3 = new("mp3", ["audio/mpeg", "audio/mp3"]);
    private static readonly AudioFormat Flac = new("flac", ["audio/flac", "audio/x-flac"]);
    private static readonly AudioFormat Ogg = new("ogg", ["audio/ogg", "application/ogg"]);
    private static readonly AudioFormat Opus = new("opus", ["audio/opus", "audio/ogg"]);
    private static readonly AudioFormat Mp4 = new("mp4", ["audio/mp4", "video/mp4", "audio/m4a", "audio/x-m4a"]);
    private static readonly AudioFormat Mkv = new("mkv", ["video/x-matroska", "audio/x-matroska", "audio/webm", "video/webm"]);
    private static readonly AudioFormat Aac = new("aac", ["audio/aac", "audio/x-aac"]);
    private static readonly AudioFormat Aiff = new("aiff", ["audio/aiff", "audio/x-aiff"]);

    public static IReadOnlyList<AudioFormat> Formats { get; } = [Wav, Mp3, Flac, Ogg, Opus, Mp4, Mkv, Aac, Aiff];

    /// <summary>Null when no format that is accepted begins so; 64 bytes are enough.</summary>
    public static AudioFormat? Sniff(ReadOnlySpan<byte> beginning)
    {
        if (IsRiff(beginning) && At(beginning, 8, "WAVE"u8))
            return Wav;
        if (At(beginning, 0, "fLaC"u8))
            return Flac;
        if (At(beginning, 0, "OggS"u8))
            return beginning.IndexOf("OpusHead"u8) >= 0 ? Opus : Ogg;
        if (At(beginning, 4, "ftyp"u8))
            return Mp4;
        if (At(beginning, 0, [0x1A, 0x45, 0xDF, 0xA3]))
            return Mkv;
        if (At(beginning, 0, "FORM"u8) && (At(beginning, 8, "AIFF"u8) || At(beginning, 8, "AIFC"u8)))
            return Aiff;
        if (At(beginning, 0, "ID3"u8))
            return Mp3;
        return beginning is [0xFF, var second, var third, ..] ? SniffFrame(second, third) : null;
    }

    /// <summary>
    /// Reads ahead only as far as the header; the stream needs not seek, stays the caller's, and is to outlive the source. While a source
    /// by ffmpeg is open, another thread reads from the stream.
    /// </summary>
    /// <exception cref="AudioFormatException">Not audio that can be read.</exception>
    /// <exception cref="DecoderMissingException">It takes ffmpeg, which is not installed: says nothing about the audio.</exception>
    public static AudioSource Open(Stream stream, AudioLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var beginning = new byte[SniffBytes];
        beginning = beginning[..stream.ReadAtLeast(beginning, SniffBytes, throwOnEndOfStream: false)];
        var whole = new PrefixedStream(beginning, stream);
        if (IsRiff(beginning))
            return IsCompressedWav(beginning) ? new FfmpegSource(whole, Wav, limits) : new WavStream(whole, limits);

        if (beginning.Length == 0)
            throw new AudioFormatException(AudioFault.Corrupt, "The recording ends at byte 0: it is empty.");
        if (Sniff(beginning) is { } format)
            return new FfmpegSource(whole, format, limits);

        var shown = beginning[..Math.Min(beginning.Length, 16)];
        throw new AudioFormatException(AudioFault.Unsupported,
            $"Bytes 0 to {shown.Length - 1} are {Convert.ToHexString(shown)}, " +
            $"which begins no format that is read: {string.Join(", ", Formats.Select(known => known.Extension))}.");
    }

    // An MPEG frame: 11 bits of sync, then version, layer (0 is ADTS, and only AAC's), bit rate and sample rate that exist.
    private static AudioFormat? SniffFrame(byte second, byte third)
    {
        if ((second & 0xF6) == 0xF0)
            return Aac;
        var reserved = (second & 0x18) == 0x08 || (second & 0x06) == 0 || (third & 0xF0) == 0xF0 || (third & 0x0C) == 0x0C;
        return (second & 0xE0) == 0xE0 && !reserved ? Mp3 : null;
    }

    // Microsoft ADPCM, A-law, µ-law, IMA ADPCM: what loggers and telephones write. Found where the fmt chunk comes first, as it does in theirs.
    private static bool IsCompressedWav(ReadOnlySpan<byte> beginning) =>
        At(beginning, 12, "fmt "u8) && beginning.Length >= 22
        && System.Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(beginning[20..]) is 0x02 or 0x06 or 0x07 or 0x11;

    private static bool IsRiff(ReadOnlySpan<byte> beginning) =>
        At(beginning, 0, "RIFF"u8) || At(beginning, 0, "RF64"u8) || At(beginning, 0, "BW64"u8) || At(beginning, 0, "RIFX"u8);

    private static bool At(ReadOnlySpan<byte> beginning, int offset, ReadOnlySpan<byte> tag) =>
        beginning.Length >= offset + tag.Length && beginning[offset..].StartsWith(tag);
}
