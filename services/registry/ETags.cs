using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Platform.Registry;

/// <summary>
/// The revision of something that people edit, as HTTP carries it: given out as <c>ETag</c>, asked back as <c>If-Match</c>, so that nobody
/// overwrites an edit that they have not seen.
/// </summary>
internal static class ETags
{
    public static void Set(HttpResponse response, long revision) => response.Headers.ETag = Of(revision);

    /// <summary>What the caller says to have seen; any revision will do when both are null.</summary>
    /// <param name="Revision">Null for <c>If-Match: *</c> and for no header at all.</param>
    /// <param name="Error">What is wrong with the header; null when nothing is.</param>
    internal readonly record struct Wanted(long? Revision, string? Error)
    {
        public bool Allows(long revision) => Revision is null || Revision == revision;
    }

    public static Wanted Read(HttpRequest request)
    {
        var header = request.Headers.IfMatch;
        if (StringValues.IsNullOrEmpty(header) || header == "*")
            return default;
        return EntityTagHeaderValue.TryParse(header.ToString(), out var tag)
            && long.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? new(revision, null)
            : new(null, $"'{header}' is not an ETag of this API; send back the one that a GET gave, e.g. \"3\".");
    }

    public static string Of(long revision) => string.Create(CultureInfo.InvariantCulture, $"\"{revision}\"");
}
