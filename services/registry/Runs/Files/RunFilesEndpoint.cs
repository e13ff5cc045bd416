using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Hosting;

namespace Platform.Registry.Runs.Files;

/// <summary>One file of a run's folder.</summary>
/// <param name="Path">Relative to the folder.</param>
internal sealed record RunFile(string Path, long Size, DateTimeOffset ModifiedAt);

/// <summary>The run's folder in the object store, for people and their tools.</summary>
internal static class RunFilesEndpoint
{
    public static void MapRunFiles(this IEndpointRouteBuilder runs)
    {
        runs.MapGet("/{idOrName}/files", List).WithSummary("The files of the run's folder.");
        runs.MapGet("/{idOrName}/files/{**path}", Read).WithSummary("One file of the run's folder.");
    }

    private static async Task<Results<Ok<List<RunFile>>, ProblemHttpResult>> List(
        string idOrName, RunStore runs, IObjectStore objects, CancellationToken cancellationToken)
    {
        if (await runs.Find(idOrName, cancellationToken) is not { } run)
            return RunEndpoints.Unknown(idOrName);

        var folder = Folder(run);
        var files = new List<RunFile>();
        await foreach (var file in objects.List(folder, cancellationToken))
            files.Add(new(file.Key[folder.Length..], file.Size, file.ModifiedAt));
        return TypedResults.Ok(files);
    }

    private static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Read(
        string idOrName, string path, HttpResponse response, RunStore runs, IObjectStore objects, CancellationToken cancellationToken)
    {
        if (await runs.Find(idOrName, cancellationToken) is not { } run)
            return RunEndpoints.Unknown(idOrName);

        // Routing leaves %2F of an escaped path as it is.
        var key = Folder(run) + Uri.UnescapeDataString(path);
        if (KeyProblem(key) is { } problem)
            return Problem.BadRequest("path", problem);
        if (await objects.Find(key, cancellationToken) is not { } file)
            return Problem.NotFound($"Run '{run.Name}' has no file '{path}'; /runs/{run.Id}/files lists those it has.");

        response.ContentLength = file.Size;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "sandbox"; // a picture (SVG) may hold scripts
        return TypedResults.Stream(await objects.OpenRead(key, cancellationToken), FileTypes.Of(key));
    }

    private static string Folder(Run run) => $"runs/{run.Name}/";

    private static string? KeyProblem(string key)
    {
        try
        {
            ObjectKey.Require(key);
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }
}
