using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Registry.Deployments;
using Platform.Registry.Runs;

namespace Platform.Registry.Models;

/// <summary>Everything about one version, and the note that people keep with it.</summary>
internal static class VersionEndpoints
{
    private const int LongestNote = 10_000;
    private const int LongestActor = 200;
    private const int MostDeployments = 500;

    public static void MapVersions(this IEndpointRouteBuilder app)
    {
        var version = app.MapGroup("/models/{modelId}/versions/{version:int}");
        version.MapGet("", Get).WithSummary("A version: files, metrics, training, deployments, history.");
        version.MapGet("/note", GetNote).WithSummary("The change note of a version; the ETag is its revision.");
        version.MapPut("/note", PutNote).WithSummary("Write the change note of a version.");
    }

    private static async Task<Results<Ok<VersionView>, ProblemHttpResult>> Get(
        ModelId modelId,
        int version,
        VersionDetails details,
        VersionStore versions,
        VersionFiles files,
        RunStore runs,
        RolloutStore rollouts,
        CancellationToken cancellationToken)
    {
        var id = modelId.Value;
        if (await details.Find(id, version, cancellationToken) is not { } detail)
            return NoSuchVersion(modelId, version);
        return TypedResults.Ok(new VersionView(
            detail.Version,
            detail.Training,
            detail.Note,
            (await runs.Find(detail.Version.RunId.ToString(), cancellationToken))!,
            await files.Of(id, version, cancellationToken),
            await versions.History(id, version, cancellationToken),
            await rollouts.List(new(ModelId: id, Version: version), MostDeployments, cancellationToken)));
    }

    private static async Task<Results<Ok<VersionNote>, ProblemHttpResult>> GetNote(
        ModelId modelId, int version, HttpResponse response, VersionDetails details, CancellationToken cancellationToken)
    {
        if (await details.Find(modelId.Value, version, cancellationToken) is not { Note: var note })
            return NoSuchVersion(modelId, version);
        ETags.Set(response, note.Revision);
        return TypedResults.Ok(note);
    }

    private static async Task<Results<Ok<VersionNote>, ProblemHttpResult>> PutNote(
        ModelId modelId, int version, NoteRequest body, HttpContext http, VersionDetails details, CancellationToken cancellationToken)
    {
        if (body.Note?.Length > LongestNote)
            return Problem.BadRequest("note", $"it has {body.Note.Length} characters; allowed are {LongestNote}.");
        if (body.Actor?.Length > LongestActor)
            return Problem.BadRequest("actor", $"it has {body.Actor.Length} characters; allowed are {LongestActor}.");
        var wanted = ETags.Read(http.Request);
        if (wanted.Error is { } error)
            return Problem.BadRequest("If-Match", error);

        if (await details.WriteNote(modelId.Value, version, wanted.Revision, body.Note, body.Actor ?? "api", cancellationToken) is { } written)
        {
            ETags.Set(http.Response, written.Revision);
            return TypedResults.Ok(written);
        }

        return await details.Find(modelId.Value, version, cancellationToken) is { Note: var standing }
            ? Problem.PreconditionFailed($"The note of v{version} of '{modelId}'", standing.Revision)
            : NoSuchVersion(modelId, version);
    }

    private static ProblemHttpResult NoSuchVersion(ModelId modelId, int version) => Problem.NotFound($"There is no v{version} of '{modelId}'.");

    private sealed record NoteRequest(string? Note, string? Actor = null);
}

/// <param name="Training">How it was trained, as <c>metadata.json</c> of its package says; null when the package has none.</param>
/// <param name="Run">The run that made it, with its parameters and metrics.</param>
internal sealed record VersionView(
    ModelVersion Version,
    JsonElement? Training,
    VersionNote Note,
    Run Run,
    IReadOnlyList<VersionFile> Files,
    IReadOnlyList<VersionEvent> History,
    IReadOnlyList<Rollout> Deployments);
