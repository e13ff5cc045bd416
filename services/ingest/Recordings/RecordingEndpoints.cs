using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Hosting;

namespace Platform.Ingest;

internal static class RecordingEndpoints
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1_000;

    public static void MapRecordings(this WebApplication app)
    {
        app.MapPut("/devices/{device}/recordings", Upload);
        app.MapGet("/devices/{device}/recordings", List);
        app.MapGet("/recordings/{id:guid}", Find);
        app.MapGet("/recordings", FindByPrefix);
        app.MapGet("/recordings/summary", (RecordingSummaries summaries, CancellationToken cancellationToken) =>
            summaries.Of(device: null, cancellationToken));
    }

    private static async Task<Results<Created<Recording>, Ok<Recording>, ProblemHttpResult>> Upload(
        string device,
        string? recordedAt,
        string? label,
        string? name,
        HttpRequest request,
        UploadRecording upload,
        IngestOptions options,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        // Kestrel's own limit would close the connection on a client that is still sending, which then may never see the answer.
        // Ours answers first; what the client still sends is read and thrown away for some seconds.
        request.HttpContext.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        if (request.ContentLength > options.MaxRecordingBytes)
            return Refuse(UploadStream.DescribeLimit(options.MaxRecordingBytes), StatusCodes.Status413PayloadTooLarge);

        var (parsed, problem) = UploadQuery.Parse(device, recordedAt, label, name, time.GetUtcNow());
        if (problem is not null)
            return Refuse(problem, StatusCodes.Status400BadRequest);
        if (AudioContent.TypeProblem(request.ContentType) is { } wrongType)
            return Refuse(wrongType, StatusCodes.Status415UnsupportedMediaType);

        var (audio, beginning) = await AudioContent.Peek(request.Body, options.MaxRecordingBytes, cancellationToken);
        if (beginning.Length == 0)
            return Refuse("The body is empty; it must be the bytes of an audio file.", StatusCodes.Status400BadRequest);
        var (format, wrongBytes) = AudioContent.Recognise(request.ContentType, beginning);
        if (format is null)
            return Refuse(wrongBytes!, StatusCodes.Status415UnsupportedMediaType);

        var (recording, created) = await upload.Run(parsed!, format, audio, cancellationToken);
        return created ? TypedResults.Created($"/recordings/{recording.Id}", recording) : TypedResults.Ok(recording);
    }

    private static async Task<Results<Ok<IReadOnlyList<Recording>>, ProblemHttpResult>> List(
        string device,
        string? state,
        Guid? after,
        DeviceStore devices,
        RecordingStore recordings,
        CancellationToken cancellationToken,
        int limit = DefaultLimit)
    {
        if (limit is < 1 or > MaxLimit)
            return Refuse($"limit {limit} is not allowed: 1 to {MaxLimit}.", StatusCodes.Status400BadRequest);
        if (state is not null && !RecordingStates.All.Contains(state))
            return Refuse($"state '{state}' is not known: {string.Join(", ", RecordingStates.All)}.", StatusCodes.Status400BadRequest);
        if (after is { } id && (await recordings.Find(id, cancellationToken))?.Device != device)
            return Refuse($"after '{id}' is no recording of device '{device}'.", StatusCodes.Status400BadRequest);
        if (await devices.Find(device, cancellationToken) is null)
            return Refuse($"There is no device '{device}'.", StatusCodes.Status404NotFound);

        return TypedResults.Ok(await recordings.List(device, state, after, limit, cancellationToken));
    }

    private static async Task<Results<Ok<Recording>, ProblemHttpResult>> Find(
        Guid id, HttpResponse response, RecordingStore recordings, CancellationToken cancellationToken)
    {
        if (await recordings.Find(id, cancellationToken) is not { } found)
            return Refuse($"There is no recording '{id}'.", StatusCodes.Status404NotFound);
        LabelEndpoints.SetETag(response, found);
        return TypedResults.Ok(found);
    }

    /// <summary>The recordings whose id begins so, for people who copy the beginning of one; the first few.</summary>
    private static async Task<Results<Ok<IReadOnlyList<Recording>>, ProblemHttpResult>> FindByPrefix(
        string prefix, RecordingStore recordings, CancellationToken cancellationToken) =>
        IdPrefix.Range(prefix) is var (first, last)
            ? TypedResults.Ok(await recordings.Between(first, last, cancellationToken))
            : Refuse($"prefix '{prefix}' begins no id; give at least its first 4 hexadecimal digits.", StatusCodes.Status400BadRequest);

    private static ProblemHttpResult Refuse(string detail, int status) => TypedResults.Problem(detail, statusCode: status);
}
