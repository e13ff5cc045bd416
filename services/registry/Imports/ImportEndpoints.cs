using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;
using Platform.Registry.Runs;

namespace Platform.Registry.Imports;

/// <summary><c>POST /imports</c>: a ZIP file with the files of one version at its top becomes a version of the registry.</summary>
internal static class ImportEndpoints
{
    private const int LongestText = 1_000;

    public static void MapImports(this IEndpointRouteBuilder app) =>
        app.MapPost("/imports", Start)
            .WithSummary("Bring in a version that was trained elsewhere: a ZIP file with its files.")
            .Accepts<Stream>(MediaTypeNames.Application.Zip)
            .Produces<StartedImport>(StatusCodes.Status202Accepted)
            .Produces<StartedImport>();

    private static async Task<IResult> Start(
        HttpContext context,
        StartImport start,
        CancellationToken cancellationToken,
        string? modelId = null,
        int? version = null,
        string? source = null,
        string? actor = null)
    {
        if (Check(modelId, version, source, actor) is { Count: > 0 } errors)
            return Problem.BadRequest(errors);
        if (context.Request.ContentType is not (MediaTypeNames.Application.Zip or "application/x-zip-compressed"))
            return TypedResults.Problem($"Content-Type is '{context.Request.ContentType}'; allowed is application/zip.", statusCode: StatusCodes.Status415UnsupportedMediaType);

        try
        {
            await using var archive = await Spool(context, cancellationToken);
            var files = ImportedFiles.Of(await ImportArchive.Read(archive, cancellationToken));
            return Answer(await start.Start(new(modelId, version, source ?? "an upload", actor ?? "api"), files, cancellationToken));
        }
        catch (ImportRefusedException refused)
        {
            return refused.Status == StatusCodes.Status400BadRequest
                ? Problem.BadRequest(refused.Field, refused.Message)
                : TypedResults.Problem(refused.Message, statusCode: refused.Status);
        }
    }

    private static IResult Answer(ImportOutcome outcome) => outcome switch
    {
        ImportOutcome.Queued { Run: var run, Version: var version } => TypedResults.Accepted($"/runs/{run.Id}", StartedImport.Of(run, version)),
        ImportOutcome.Known { Run: var run, Version: var version } => TypedResults.Ok(StartedImport.Of(run, version)),
        ImportOutcome.Refused { Errors: var errors } => Problem.BadRequest(errors),
        ImportOutcome.VersionTaken { ModelId: var id, Version: var standing } => Problem.Conflict(
            $"v{standing.Version} of '{id}' exists already with other content: it is {standing.State} since {standing.CreatedAt:u}, run {standing.RunId}; a number is never given twice.",
            ("version", standing)),
        ImportOutcome.PlaceTaken { ModelId: var id, Version: var version } => Problem.Conflict(
            $"In the place of v{version} of '{id}' stand objects that no row knows; import under another number, or wait until retention has swept them."),
        ImportOutcome.AlreadyActive { Run: var active } => Problem.Conflict(
            $"{active.ModelId} has an active run already: '{active.Name}' is {active.State}.", ("activeRunId", active.Id)),
        _ => throw new InvalidOperationException($"Unexpected outcome {outcome}."),
    };

    /// <summary>ZIP files are read from their end, so the upload is put aside first.</summary>
    private static async Task<FileStream> Spool(HttpContext context, CancellationToken cancellationToken)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = ImportArchive.MostBytes; // beyond, the server answers 413
        var file = new FileStream(
            Path.Combine(Path.GetTempPath(), $"platform-import-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 81_920,
            FileOptions.DeleteOnClose | FileOptions.Asynchronous);
        try
        {
            await context.Request.Body.CopyToAsync(file, cancellationToken);
            file.Position = 0;
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    private static Dictionary<string, string> Check(string? modelId, int? version, string? source, string? actor)
    {
        var errors = new Dictionary<string, string>();
        if (version < 1)
            errors["version"] = $"{version} is out of range; versions start at 1.";
        foreach (var (name, text) in new[] { ("modelId", modelId), ("source", source), ("actor", actor) })
        {
            if (text?.Length is 0 or > LongestText)
                errors[name] = $"it has {text.Length} characters; allowed are 1 to {LongestText}.";
        }

        return errors;
    }
}

/// <param name="Version">Known beforehand only when it was asked for, or when the same files are a version already.</param>
internal sealed record StartedImport(Guid Id, string Name, string State, string ModelId, int? Version)
{
    public static StartedImport Of(Run run, int? version) => new(run.Id, run.Name, run.State, run.ModelId, version);
}
