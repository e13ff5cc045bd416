using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Ingest;

/// <summary><c>GET /recordings/{id}/audio</c>: the archived bytes, to listen to.</summary>
internal static class AudioEndpoint
{
    public static void MapAudio(this WebApplication app) => app.MapGet("/recordings/{id:guid}/audio", Read);

    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Read(
        Guid id, RecordingStore recordings, IObjectStore store, CancellationToken cancellationToken)
    {
        if (await recordings.Find(id, cancellationToken) is not { } recording)
            return TypedResults.Problem($"There is no recording '{id}'.", statusCode: StatusCodes.Status404NotFound);

        var type = AudioDecoder.Formats.FirstOrDefault(format => format.Extension == recording.Format)?.MediaTypes[0];
        return TypedResults.Stream(
            await store.OpenRead(recording.ObjectKey, cancellationToken), type ?? "application/octet-stream", $"{recording.Id}.{recording.Format}");
    }
}
