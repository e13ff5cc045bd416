using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace Platform.Bench.Serving;

/// <summary>What <c>POST score</c> answered.</summary>
internal sealed record ScoreAnswer(string Device, double Score, double Threshold, int Version, long Deployment, int Patches);

internal static class ScoreCalls
{
    /// <exception cref="HttpRequestException">Any other answer than a score; its text is in the message.</exception>
    public static async Task<ScoreAnswer> Score(this HttpClient http, string device, byte[] wav, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(wav) { Headers = { ContentType = new MediaTypeHeaderValue("audio/wav") } };
        using var response = await http.PostAsync($"devices/{device}/score", content, cancellationToken);
        return response.IsSuccessStatusCode
            ? (await response.Content.ReadFromJsonAsync<ScoreAnswer>(cancellationToken))!
            : throw new HttpRequestException($"{device}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(cancellationToken)}");
    }
}
