using System.Globalization;
using System.Text;

namespace Platform.Hosting;

/// <summary>
/// Key segments as file names: readable for people, reversible, and never one of our own hidden folders. What a file name
/// should not hold is written as <c>%XX</c>.
/// </summary>
internal static class FolderNames
{
    // '%' marks the escape; '.' only leads ours; the others mean something to other systems that may read the folder.
    private const string Escaped = "%\\:*?\"<>|";

    // The limit of common file systems.
    private const int MaxBytes = 255;

    public static string Encode(string segment)
    {
        var name = new StringBuilder(segment.Length);
        for (var i = 0; i < segment.Length; i++)
        {
            if (Escaped.Contains(segment[i], StringComparison.Ordinal) || (i == 0 && segment[i] == '.'))
                name.Append('%').Append(((int)segment[i]).ToString("X2", CultureInfo.InvariantCulture));
            else
                name.Append(segment[i]);
        }

        var encoded = name.ToString();
        return Encoding.UTF8.GetByteCount(encoded) <= MaxBytes
            ? encoded
            : throw new ArgumentException($"Key segment '{segment}' is longer than {MaxBytes} bytes as a file name.", nameof(segment));
    }

    public static string Decode(string name)
    {
        if (!name.Contains('%', StringComparison.Ordinal))
            return name;

        var segment = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == '%' && i + 2 < name.Length
                && byte.TryParse(name.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var code))
            {
                segment.Append((char)code);
                i += 2;
            }
            else
            {
                segment.Append(name[i]);
            }
        }

        return segment.ToString();
    }
}
