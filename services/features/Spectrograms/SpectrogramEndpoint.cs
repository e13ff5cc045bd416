using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Platform.Hosting;

namespace Platform.Features.Spectrograms;

/// <summary><c>GET /recordings/{id}/spectrogram.png</c>: what a recording looks like, for people.</summary>
internal static class SpectrogramEndpoint
{
    private const int Drawing = 1; // raised when the same features are drawn otherwise, so that no cache shows the old picture

    internal static void MapSpectrograms(this WebApplication app) => app.MapGet("/recordings/{id:guid}/spectrogram.png", Show);

    private static async Task<Results<FileContentHttpResult, StatusCodeHttpResult, ProblemHttpResult>> Show(
        Guid id,
        [AsParameters] SpectrogramOptions options,
        HttpContext context,
        SpectrogramStore recordings,
        SpectrogramRenderer renderer,
        CancellationToken cancellationToken)
    {
        if (options.Problem() is { } problem)
            return Problem(StatusCodes.Status400BadRequest, problem);
        if (await recordings.Find(id, options.Spec, cancellationToken) is not { } recording)
            return Problem(StatusCodes.Status404NotFound, $"There is no recording '{id}', or it has not arrived here yet.");
        if (recording.Set is not { } set)
            return Problem(StatusCodes.Status404NotFound, WhyNot(id, recording));

        var tag = Tag(set, options);
        // Under a named spec the picture never changes. Without one it is another picture once the device has another spec: ask again.
        context.Response.Headers.CacheControl = options.Spec is null ? "no-cache" : "public, max-age=31536000, immutable";
        context.Response.GetTypedHeaders().ETag = tag;
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false)))
            return TypedResults.StatusCode(StatusCodes.Status304NotModified);

        try
        {
            return TypedResults.Bytes(await renderer.Render(set, options, cancellationToken), "image/png");
        }
        catch (Exception damage) when (damage is ObjectNotFoundException or ObjectCorruptException or InvalidDataException or EndOfStreamException)
        {
            context.Response.Headers.Remove(HeaderNames.CacheControl);
            context.Response.Headers.Remove(HeaderNames.ETag);
            return Problem(StatusCodes.Status500InternalServerError, $"The features of recording '{id}' are damaged: {damage.Message}");
        }
    }

    private static string WhyNot(Guid id, ShownRecording recording) => recording switch
    {
        { Spec: null } => $"Recording '{id}' has no features yet: its device has not been announced.",
        { FailureReason: not null } =>
            $"Recording '{id}' has no features under spec '{recording.Spec}': {recording.FailureReason}: {recording.FailureDetail}",
        { SpecExists: false } => $"There is no feature spec '{recording.Spec}'.",
        _ => $"Recording '{id}' has no features under spec '{recording.Spec}' yet.",
    };

    private static EntityTagHeaderValue Tag(ShownSet set, SpectrogramOptions options) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"\"{set.Sha256[..16]}-{Drawing}-{options.Width}x{options.Height}-{options.Min:R}-{options.Max:R}\""));

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);
}
