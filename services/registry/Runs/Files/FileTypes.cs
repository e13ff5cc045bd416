using System.Net.Mime;
using Microsoft.AspNetCore.StaticFiles;

namespace Platform.Registry.Runs.Files;

/// <summary>The media types of the files that runs and packages consist of.</summary>
internal static class FileTypes
{
    private static readonly FileExtensionContentTypeProvider Known = new()
    {
        Mappings = { [".jsonl"] = "application/jsonl", [".log"] = MediaTypeNames.Text.Plain },
    };

    public static string Of(string path) =>
        Known.TryGetContentType(path, out var type) ? type : MediaTypeNames.Application.Octet;
}
