using System.Text.Json;

namespace Platform.Trainer.Results;

/// <summary>JSON of the run folder: snake_case, since Python tools read it.</summary>
internal static class RunJson
{
    internal static JsonSerializerOptions Line { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    internal static JsonSerializerOptions File { get; } = new(Line) { WriteIndented = true, NewLine = "\n" };
}
