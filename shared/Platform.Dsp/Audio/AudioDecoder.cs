namespace Platform.Dsp;

/// <summary>Which audio is accepted, and what the first bytes of a file say that it is.</summary>
public static class AudioDecoder
{
    private static readonly AudioFormat Wav = new("wav", ["audio/wav", "audio/x-wav", "audio/vnd.wave", "audio/wave"]);
    private static readonly AudioFormat Mp3 = new("mp3", ["audio/mpeg", "audio/mp3"]);
    private static readonly AudioFormat Flac = new("flac", ["audio/flac", "audio/x-flac"]);
    private static readonly AudioFormat Ogg = new("ogg", ["audio/ogg", "application/ogg"]);
    private static readonly AudioFormat Opus = new("opus", ["audio/opus", "audio/ogg"]);
    private static readonly AudioFormat Mp4 = new("mp4", ["audio/mp4", "video/mp4", "audio/m4a", "audio/x-m4a"]);
    private static readonly AudioFormat Mkv = new("mkv", ["video/x-matroska", "audio/x-matroska", "audio/webm", "video/webm"]);

    public static IReadOnlyList<AudioFormat> Formats { get; } = [Wav, Mp3, Flac, Ogg, Opus, Mp4, Mkv];

    public static AudioSource Open(Stream stream) => new WavStream(stream);

    /// <summary>Null when no format that is accepted begins so; 64 bytes are enough.</summary>
    public static AudioFormat? Sniff(ReadOnlySpan<byte> beginning) => beginning switch
    {
        [(byte)'R', (byte)'I' or (byte)'F', (byte)'F' or (byte)'6', (byte)'F' or (byte)'4', _, _, _, _, (byte)'W', (byte)'A', (byte)'V', (byte)'E', ..] => Wav,
        [(byte)'f', (byte)'L', (byte)'a', (byte)'C', ..] => Flac,
        [(byte)'O', (byte)'g', (byte)'g', (byte)'S', ..] => beginning.IndexOf("OpusHead"u8) >= 0 ? Opus : Ogg,
        [(byte)'I', (byte)'D', (byte)'3', ..] or [0xFF, >= 0xE2, ..] => Mp3,
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => Mp4,
        [0x1A, 0x45, 0xDF, 0xA3, ..] => Mkv,
        _ => null,
    };
}
