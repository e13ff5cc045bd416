using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Platform.Ingest;

/// <summary>
/// <c>PUT /recordings/{id}/label</c>, with <c>If-Match</c> only if nobody labelled it since (the <c>ETag</c> of the recording is the revision of
/// its label), and <c>GET /recordings/{id}/labels</c>, newest first.
/// </summary>
internal static class LabelEndpoints
{
    private const int MaxText = 1_000;

    public static void MapLabels(this WebApplication app)
    {
        app.MapPut("/recordings/{id:guid}/label", Put);
        app.MapGet("/recordings/{id:guid}/labels", History);
    }

    /// <summary>The revision of a recording's label, as HTTP carries it.</summary>
    public static void SetETag(HttpResponse response, Recording recording) =>
        response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{recording.LabelRevision}\"");

    private static async Task<Results<Ok<Recording>, ProblemHttpResult>> Put(
        Guid id, LabelRequest request, HttpContext http, LabelStore labels, RecordingStore recordings, CancellationToken cancellationToken)
    {
        if (!Contracts.Labels.All.Contains(request.Label))
            return Refuse($"label '{request.Label}' is not known: {string.Join(", ", Contracts.Labels.All)}.");
        if (request.By?.Length > MaxText || request.Note?.Length > MaxText)
            return Refuse($"by and note may have {MaxText} characters each.");
        if (!TryReadIfMatch(http.Request, out var seen))
            return Refuse($"If-Match '{http.Request.Headers.IfMatch}' is no revision of a label; send back the ETag of the recording, e.g. \"1\".");

        switch (await labels.Put(id, request, seen, cancellationToken))
        {
            case LabelOutcome.Unknown:
                return Refuse($"There is no recording '{id}'.", StatusCodes.Status404NotFound);
            case LabelOutcome.Overtaken:
                return Refuse($"Recording '{id}' was labelled meanwhile: revision {seen} is not its present one.", StatusCodes.Status412PreconditionFailed);
        }

        var labelled = (await recordings.Find(id, cancellationToken))!;
        SetETag(http.Response, labelled);
        return TypedResults.Ok(labelled);
    }

    private static async Task<Results<Ok<IReadOnlyList<LabelEntry>>, ProblemHttpResult>> History(
        Guid id, LabelStore labels, RecordingStore recordings, CancellationToken cancellationToken) =>
        await recordings.Find(id, cancellationToken) is null
            ? Refuse($"There is no recording '{id}'.", StatusCodes.Status404NotFound)
            : TypedResults.Ok(await labels.History(id, cancellationToken));

    private static bool TryReadIfMatch(HttpRequest request, out long? revision)
    {
        revision = null;
        var header = request.Headers.IfMatch;
        if (StringValues.IsNullOrEmpty(header) || header == "*")
            return true;
        var read = EntityTagHeaderValue.TryParse(header.ToString(), out var tag);
        var parsed = long.TryParse(read ? tag!.Tag.AsSpan().Trim('"') : default, NumberStyles.None, CultureInfo.InvariantCulture, out var value);
        revision = value;
        return parsed;
    }

    private static ProblemHttpResult Refuse(string detail, int status = StatusCodes.Status400BadRequest) =>
        TypedResults.Problem(detail, statusCode: status);
}

/// <param name="By">Who says so; for the history.</param>
internal sealed record LabelRequest(string Label, string? By = null, string? Note = null);
