using Microsoft.AspNetCore.Http.HttpResults;

namespace Platform.Ingest;

internal static class LabelEndpoints
{
    private const int MaxText = 1_000;

    public static void MapLabels(this WebApplication app) => app.MapPut("/recordings/{id:guid}/label", Put);

    private static async Task<Results<Ok<Recording>, ProblemHttpResult>> Put(
        Guid id, LabelRequest request, LabelStore labels, RecordingStore recordings, CancellationToken cancellationToken)
    {
        if (!Contracts.Labels.All.Contains(request.Label))
            return Refuse($"label '{request.Label}' is not known: {string.Join(", ", Contracts.Labels.All)}.");
        if (request.By?.Length > MaxText || request.Note?.Length > MaxText)
            return Refuse($"by and note may have {MaxText} characters each.");
        if (await recordings.Find(id, cancellationToken) is null)
            return TypedResults.Problem($"There is no recording '{id}'.", statusCode: StatusCodes.Status404NotFound);

        await labels.Put(id, request, cancellationToken);
        return TypedResults.Ok((await recordings.Find(id, cancellationToken))!);
    }

    private static ProblemHttpResult Refuse(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest);
}

/// <param name="By">Who says so; for the history.</param>
internal sealed record LabelRequest(string Label, string? By = null, string? Note = null);
