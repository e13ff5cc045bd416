using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Bench.Serving;

namespace Platform.Bench.Scoring;

/// <summary>
/// From the first byte of an upload to ingest until somebody on the bus hears <c>RecordingScored</c>: ingest, features and predictor as processes,
/// one recording of 10 s after the other with a pause between them.
/// </summary>
internal static class UploadRow
{
    private const double LimitMilliseconds = 150;
    private const int WarmUp = 50;

    public static async Task<Row> Measure(BenchPredictors platform, int uploads, CancellationToken cancellationToken)
    {
        const string device = "U-1";
        var (features, ingest) = (await platform.StartService("features"), await platform.StartService("ingest"));
        using var made = await ingest.Http.PutAsJsonAsync($"devices/{device}", new { site = "S001", machineType = "pump" }, cancellationToken);
        made.EnsureSuccessStatusCode();
        while (!(await features.Http.GetAsync($"devices/{device}/data", cancellationToken)).IsSuccessStatusCode)
            await Task.Delay(50, cancellationToken);
        var deployed = await BenchModel.Create(device, 1).Publish(platform.Store, 1, cancellationToken);
        await platform.Announce(deployed, cancellationToken);
        await platform.Served([deployed], cancellationToken);

        var latencies = new List<double>();
        for (var i = 0; i < uploads + WarmUp; i++)
        {
            using var content = new ByteArrayContent(BenchAudio.Hum(seconds: 10, seed: i)) { Headers = { ContentType = new MediaTypeHeaderValue("audio/wav") } };
            var time = Uri.EscapeDataString(DateTimeOffset.UtcNow.ToString("O"));
            var sent = Stopwatch.GetTimestamp();
            using var answer = await ingest.Http.PutAsync($"devices/{device}/recordings?recordedAt={time}", content, cancellationToken);
            var recording = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
            var id = recording.GetProperty("id").GetGuid();
            long heard;
            while (!platform.Scored.TryGetValue(id, out heard))
            {
                if (Stopwatch.GetElapsedTime(sent) > TimeSpan.FromSeconds(60))
                    throw new InvalidOperationException($"Recording {id} was not scored within a minute.");
                await Task.Delay(1, cancellationToken);
            }

            if (i >= WarmUp)
                latencies.Add(Stopwatch.GetElapsedTime(sent, heard).TotalMilliseconds);
            await Task.Delay(50, cancellationToken);
        }

        var p99 = Quantiles.Of(latencies, 0.99);
        await Console.Error.WriteLineAsync($"upload to RecordingScored: p50 {Quantiles.Of(latencies, 0.5):0.0} ms, p99 {p99:0.0} ms, longest {latencies.Max():0.0} ms");
        return new("upload to RecordingScored, 10 s of audio: p99", p99, LimitMilliseconds, "ms", p99 / LimitMilliseconds, 1, Better.Lower);
    }
}
