using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Dsp;
using Platform.Predictor.Replay;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Explanations;

/// <summary>
/// <c>GET /recordings/{id}/explanation?frames=</c> and <c>GET /recordings/{id}/explanation.png?width=</c>: where a scored recording deviates, by the
/// version that scored it. Neither changes as long as the recording and its version are there.
/// </summary>
internal static class ExplainRecordingEndpoint
{
    internal const int DefaultFrames = 1_000;
    private const int MostFrames = 20_000;

    internal static void MapExplainRecording(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/recordings/{id:guid}/explanation", AsJson);
        routes.MapGet("/recordings/{id:guid}/explanation.png", AsPicture);
    }

    /// <summary>Null when all is allowed.</summary>
    internal static ProblemHttpResult? Refused(int? frames, int? width)
    {
        if (frames is < 1 or > MostFrames)
            return Problem(StatusCodes.Status400BadRequest, $"frames is {frames}; allowed are 1 to {MostFrames}.");
        return width is < HeatMapLayout.LeastWidth or > HeatMapLayout.MostWidth
            ? Problem(StatusCodes.Status400BadRequest, $"width is {width}; allowed are {HeatMapLayout.LeastWidth} to {HeatMapLayout.MostWidth} pixels.")
            : null;
    }

    private static async Task<Results<Ok<Explanation>, ProblemHttpResult>> AsJson(
        Guid id, ScoreStore scores, WhyNoScore whyNot, Explaining explaining, CancellationToken cancellationToken, int frames = DefaultFrames)
    {
        if (Refused(frames, width: null) is { } refused)
            return refused;
        var (explanation, problem) = await Explain(
            id, scores, whyNot, explaining, explained => Explanation.Of(explained, frames), cancellationToken);
        return problem is null ? TypedResults.Ok(explanation) : problem;
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> AsPicture(
        Guid id, ScoreStore scores, WhyNoScore whyNot, Explaining explaining, CancellationToken cancellationToken, int width = HeatMapLayout.DefaultWidth)
    {
        if (Refused(frames: null, width) is { } refused)
            return refused;
        var (picture, problem) = await Explain(
            id, scores, whyNot, explaining, explained => HeatMapPicture.Draw(explained, width), cancellationToken);
        return problem is null ? TypedResults.Bytes(picture!, "image/png") : problem;
    }

    private static async Task<(T? Shown, ProblemHttpResult? Problem)> Explain<T>(
        Guid id, ScoreStore scores, WhyNoScore whyNot, Explaining explaining, Func<ExplainedRecording, T> show, CancellationToken cancellationToken)
    {
        if (await scores.Find(id, cancellationToken) is not { } scored)
        {
            var (status, detail) = await whyNot.Of(id, cancellationToken);
            return (default, Problem(status, detail));
        }

        try
        {
            return (await explaining.Of(scored, show, cancellationToken), null);
        }
        catch (GoneException exception)
        {
            return (default, Problem(StatusCodes.Status410Gone, exception.Message));
        }
        catch (Exception exception) when (exception is StoreAwayException or DecoderMissingException)
        {
            return (default, Problem(StatusCodes.Status503ServiceUnavailable, exception.Message));
        }
    }

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);
}
