using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Platform.Hosting;

namespace Platform.Registry.Models.Packages;

/// <summary><c>GET /models/{id}/versions/{n}/package.zip</c>: everything that serves a version, for tools of other people.</summary>
internal static class PackageEndpoint
{
    public static void MapPackages(this IEndpointRouteBuilder app) =>
        app.MapGet("/models/{modelId}/versions/{version:int}/package.zip", Download)
            .WithSummary("Everything that serves a version, as one ZIP file.")
            .Produces(StatusCodes.Status200OK, contentType: MediaTypeNames.Application.Zip);

    private static async Task<IResult> Download(
        ModelId modelId, int version, HttpContext context, PackageStore packages, IObjectStore objects, CancellationToken cancellationToken)
    {
        if (await packages.Find(modelId.Value, version, cancellationToken) is not { } package)
            return Problem.NotFound($"There is no package of '{modelId}' v{version}.");

        // A package never changes, so its manifest's hash names these bytes for ever.
        var tag = new EntityTagHeaderValue($"\"{package.ManifestSha256}\"");
        context.Response.GetTypedHeaders().ETag = tag;
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);

        ArtifactManifest manifest;
        try
        {
            manifest = await Artifacts.ReadManifest(objects, package.Prefix, package.ManifestSha256, cancellationToken);
        }
        catch (Exception damage) when (damage is ObjectNotFoundException or ObjectCorruptException)
        {
            context.Response.Headers.Remove(HeaderNames.ETag);
            return TypedResults.Problem($"The package of '{modelId}' v{version} is damaged: {damage.Message}", statusCode: StatusCodes.Status500InternalServerError);
        }

        context.Response.ContentType = MediaTypeNames.Application.Zip;
        context.Response.GetTypedHeaders().ContentDisposition = new ContentDispositionHeaderValue("attachment")
        {
            FileName = $"{modelId.Value.Replace('/', '-')}-v{version}.zip",
        };
        return new Zipped(objects, package, manifest);
    }

    private sealed class Zipped(IObjectStore objects, StoredPackage package, ArtifactManifest manifest) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            // The archive's central directory is written by Dispose, which has no asynchronous way for every byte.
            if (httpContext.Features.Get<IHttpBodyControlFeature>() is { } body)
                body.AllowSynchronousIO = true;
            try
            {
                await PackageZip.Write(objects, package, manifest, httpContext.Response.Body, httpContext.RequestAborted);
            }
            catch (Exception damage) when (damage is ObjectNotFoundException or ObjectCorruptException)
            {
                // Too late for a status: a broken connection is what tells the client that this is not the package.
                httpContext.Abort();
                throw;
            }
        }
    }
}
