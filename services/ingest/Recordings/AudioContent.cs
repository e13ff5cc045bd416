using System.Net.Http.Headers;
using Platform.Dsp;

namespace Platform.Ingest;

/// <summary>
/// Which kind of audio a body is: its first bytes say so, and its declared type must not say otherwise. Whether it can be decoded is found
/// out by features.
/// </summary>
internal static class AudioContent
{
    private const int HeaderBytes = 64;
    private const string AnyType = "application/octet-stream";

    private static readonly string[] Types =
        [AnyType, .. AudioDecoder.Formats.SelectMany(format => format.MediaTypes).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Null when a body of this type may be audio that is accepted; no type at all leaves it to the bytes.</summary>
    public static string? TypeProblem(string? contentType) => Types.Contains(MediaTypeOf(contentType), StringComparer.OrdinalIgnoreCase)
        ? null
        : $"Content-Type '{contentType}' is not supported: {string.Join(", ", Types)}.";

    /// <summary>Reads the header ahead and gives back a stream that still begins with it and refuses to be longer than allowed.</summary>
    public static async Task<(Stream Whole, byte[] Beginning)> Peek(Stream body, long maxBytes, CancellationToken cancellationToken)
    {
        var header = new byte[HeaderBytes];
        var read = await body.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancellationToken);
        var beginning = header[..read];
        return (new UploadStream(beginning, body, maxBytes), beginning);
    }

    /// <summary>What the body is, or what is wrong with it.</summary>
    public static (AudioFormat? Format, string? Problem) Recognise(string? contentType, ReadOnlySpan<byte> beginning)
    {
        if (AudioDecoder.Sniff(beginning) is not { } format)
        {
            return (null, $"The body is no audio that is read here: it begins with {Convert.ToHexString(beginning[..Math.Min(16, beginning.Length)])}. " +
                $"Accepted are {string.Join(", ", AudioDecoder.Formats.Select(accepted => accepted.Extension))}.");
        }

        var declared = MediaTypeOf(contentType);
        return declared == AnyType || format.MediaTypes.Contains(declared, StringComparer.OrdinalIgnoreCase)
            ? (format, null)
            : (null, $"Content-Type says '{declared}', but the body begins as {format.Extension} does ({string.Join(", ", format.MediaTypes)}).");
    }

    private static string? MediaTypeOf(string? contentType) => string.IsNullOrEmpty(contentType)
        ? AnyType
        : MediaTypeHeaderValue.TryParse(contentType, out var type) ? type.MediaType?.ToLowerInvariant() : null;
}
