using System.Text.Json;
using Platform.Cli.Client;

namespace Platform.Cli.Evaluation;

/// <summary>Every test recording with its scores, a JSON object per line, for whoever wants to draw their own curves.</summary>
internal static class ScoreFile
{
    public static async Task Write(string path, IReadOnlyList<EvaluatedDevice> devices, CancellationToken cancellationToken)
    {
        await using var file = new StreamWriter(path);
        foreach (var device in devices)
        {
            var sets = device.Device.Tests.SelectMany(set => set.Files.Select(name => (name, set.Name)))
                .Concat(device.Device.Timeline.Select(name => (name, Name: "timeline")))
                .ToDictionary(pair => pair.name, pair => pair.Name);
            foreach (var scored in device.Files)
            {
                var line = new
                {
                    device = device.Device.Name,
                    set = sets[scored.File],
                    file = Path.GetFileName(scored.File),
                    scored.Heard,
                    anomalous = scored.Score?.Anomalous,
                    detectors = scored.Score?.Detectors,
                };
                await file.WriteLineAsync(JsonSerializer.Serialize(line, Json.Web).AsMemory(), cancellationToken);
            }
        }
    }
}
