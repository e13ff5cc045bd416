using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Platform.Dsp;
using Platform.Predictor.Devices;
using Platform.Predictor.Scoring;
using Platform.Predictor.Serving;

namespace Platform.Predictor.Explanations;

/// <summary>
/// <c>POST /devices/{device}/explain?frames=</c> and <c>POST /devices/{device}/explain.png?width=</c>: what <c>score</c> says about posted audio, and
/// where it deviates. Nothing is stored.
/// </summary>
internal static class ExplainAudioEndpoint
{
    internal static void MapExplainAudio(this IEndpointRouteBuilder routes)
    {
        Map(routes, "/devices/{device}/explain", AsJson);
        Map(routes, "/devices/{device}/explain.png", AsPicture);
    }

    private static void Map(IEndpointRouteBuilder routes, string pattern, Delegate handler) => routes
        .MapPost(pattern, handler)
        .Add(endpoint => endpoint.Metadata.Add(new RequestSizeLimitAttribute(
            endpoint.ApplicationServices.GetRequiredService<ScoringOptions>().MaxAudioBytes)));

    private static async Task<Results<Ok<Explanation>, ProblemHttpResult>> AsJson(
        string device, HttpRequest request, [AsParameters] Question question, CancellationToken cancellationToken,
        int frames = ExplainRecordingEndpoint.DefaultFrames)
    {
        if (ExplainRecordingEndpoint.Refused(frames, width: null) is { } refused)
            return refused;
        var (explanation, problem) = await Explain(device, request, question, explained => Explanation.Of(explained, frames), cancellationToken);
        return problem is null ? TypedResults.Ok(explanation) : problem;
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> AsPicture(
        string device, HttpRequest request, [AsParameters] Question question, CancellationToken cancellationToken,
        int width = HeatMapLayout.DefaultWidth)
    {
        if (ExplainRecordingEndpoint.Refused(frames: null, width) is { } refused)
            return refused;
        var (picture, problem) = await Explain(device, request, question, explained => HeatMapPicture.Draw(explained, width), cancellationToken);
        return problem is null ? TypedResults.Bytes(picture!, "image/png") : problem;
    }

    private static async Task<(T? Shown, ProblemHttpResult? Problem)> Explain<T>(
        string device, HttpRequest request, Question question, Func<ExplainedRecording, T> show, CancellationToken cancellationToken)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value : request.ContentType;
        if (!ScoreAudioEndpoint.MediaTypes.Contains(type, StringComparer.OrdinalIgnoreCase))
            return (default, Problem(
                StatusCodes.Status415UnsupportedMediaType, $"Content-Type is '{type}'; allowed are {string.Join(", ", ScoreAudioEndpoint.MediaTypes)}."));

        using var audio = await ScoreAudioEndpoint.Body(request, cancellationToken);
        try
        {
            using var lease = await question.Leases.Of(device, cancellationToken);
            if (lease is null && !question.CatchUp.First.IsCompleted)
                return (default, Problem(StatusCodes.Status503ServiceUnavailable, "This replica does not know yet what is deployed; try again."));
            if (lease is null)
                return (default, Problem(
                    StatusCodes.Status409Conflict,
                    question.Table.RefusedFor(device)?.Told ?? await ScoreAudioEndpoint.WhyNoModel(device, question.Devices, cancellationToken)));
            return (await question.Explaining.Of(device, audio, lease, show, cancellationToken), null);
        }
        catch (AudioFormatException exception)
        {
            var status = exception.Fault == AudioFault.Corrupt ? StatusCodes.Status400BadRequest : StatusCodes.Status422UnprocessableEntity;
            return (default, Problem(status, exception.Message));
        }
        catch (Exception exception) when (exception is DecoderMissingException or ModelUnavailableException)
        {
            return (default, Problem(StatusCodes.Status503ServiceUnavailable, exception.Message));
        }
    }

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);

    /// <summary>What it takes to answer.</summary>
    private sealed record Question(ServingTable Table, ModelLeases Leases, DeviceStore Devices, DeploymentCatchUp CatchUp, Explaining Explaining);
}
