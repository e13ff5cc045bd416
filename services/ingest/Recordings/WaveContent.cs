using System.Net.Http.Headers;

namespace Platform.Ingest;

/// <summary>
/// Whether a body is a WAV file, by its declared type and by its first bytes; whether it can be read is found out by features.
/// </summary>
internal static class WaveContent
{
    private const int HeaderBytes = 12;

    private static readonly string[] Types = ["audio/wav", "audio/x-wav", "audio/vnd.wave", "audio/wave"];

    public static bool IsDeclared(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type) && Types.Contains(type.MediaType, StringComparer.OrdinalIgnoreCase);

    public static string DescribeType(string? contentType) =>
        $"Content-Type '{contentType}' is not supported: {string.Join(", ", Types)}.";

    /// <summary>Reads the header ahead and gives back a stream that still begins with it and refuses to be longer than allowed.</summary>
    public static async Task<(Stream Whole, byte[] Beginning)> Peek(Stream body, long maxBytes, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderBytes];
        var read = await body.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancellationToken);
        var beginning = header[..read];
        return (new UploadStream(beginning, body, maxBytes), beginning);
    }

    /// <summary><c>RIFF</c>, four bytes of size, <c>WAVE</c>.</summary>
    public static bool IsWave(ReadOnlySpan<byte> beginning) =>
        beginning.Length == HeaderBytes && beginning[..4].SequenceEqual("RIFF"u8) && beginning[8..].SequenceEqual("WAVE"u8);

    public static string DescribeBytes(ReadOnlySpan<byte> beginning) =>
        $"The body is not a WAV file: it begins with {Convert.ToHexString(beginning)}, not with 'RIFF', its size and 'WAVE'.";
}
