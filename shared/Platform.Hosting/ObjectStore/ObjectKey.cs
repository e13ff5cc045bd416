using System.Text;

namespace Platform.Hosting;

/// <summary>
/// What a key may be, in every store: 1 to 1024 bytes of UTF-8 in segments joined by <c>/</c>; no empty segment, no
/// <c>.</c> or <c>..</c>, no control character. So no key can leave a folder or be rewritten by an HTTP client on its way.
/// </summary>
public static class ObjectKey
{
    private const int MaxBytes = 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">The key is not one; the message says why.</exception>
    public static void Require(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (Problem(key) is { } problem)
            throw new ArgumentException($"'{key}' cannot be an object key: {problem}.", nameof(key));
    }

    private static string? Problem(string key)
    {
        if (key.Any(char.IsControl))
            return "it has a control character";
        try
        {
            if (Utf8.GetByteCount(key) > MaxBytes)
                return $"it is longer than {MaxBytes} bytes";
        }
        catch (EncoderFallbackException)
        {
            return "it has half a surrogate pair";
        }

        foreach (var segment in key.Split('/'))
        {
            if (segment is "")
                return "it has an empty segment";
            if (segment is "." or "..")
                return $"it has the segment '{segment}'";
        }

        return null;
    }
}
