using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Predictor.Devices;
using Platform.Predictor.Serving;

namespace Platform.Predictor.Scoring;

/// <summary>
/// <c>POST /devices/{device}/score</c>: audio in, what the device's model says about it out. Nothing is stored and no alarm
/// changes: a question is not a recording.
/// </summary>
internal static class ScoreAudioEndpoint
{
    // Bytes of no declared kind are what their beginning says.
    internal static readonly string[] MediaTypes = [.. AudioDecoder.Formats.SelectMany(format => format.MediaTypes).Distinct(), "application/octet-stream"];

    internal static void MapScoreAudio(this IEndpointRouteBuilder routes) => routes
        .MapPost("/devices/{device}/score", Score)
        .Add(endpoint => endpoint.Metadata.Add(new RequestSizeLimitAttribute(
            endpoint.ApplicationServices.GetRequiredService<ScoringOptions>().MaxAudioBytes))); // by then the options are validated

    private static async Task<Results<Ok<ScoredAudio>, ProblemHttpResult>> Score(
        string device,
        HttpRequest request,
        ServingTable table,
        ModelLeases leases,
        DeviceStore devices,
        DeploymentCatchUp catchUp,
        AudioExtraction extraction,
        ComputeSlots slots,
        CancellationToken cancellationToken)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value : request.ContentType;
        if (!MediaTypes.Contains(type, StringComparer.OrdinalIgnoreCase))
            return Problem(
                StatusCodes.Status415UnsupportedMediaType, $"Content-Type is '{type}'; allowed are {string.Join(", ", MediaTypes)}.");

        using var audio = await Body(request, cancellationToken);

        // Taken after the body has arrived, so that a slow upload is judged by what is live when there is something to judge.
        try
        {
            using var lease = await leases.Of(device, cancellationToken);
            if (lease is null && !catchUp.First.IsCompleted)
                return Problem(StatusCodes.Status503ServiceUnavailable, "This replica does not know yet what is deployed; try again.");
            if (lease is null)
                return Problem(
                    StatusCodes.Status409Conflict, table.RefusedFor(device)?.Told ?? await WhyNoModel(device, devices, cancellationToken));

            var prediction = await slots.Score(lease.Model, device, () => extraction.Extract(audio, lease.Extraction), cancellationToken);
            return TypedResults.Ok(ScoredAudio.Of(device, lease.Deployed, RecordingPrediction.Of(lease.Model, device, prediction)));
        }
        catch (AudioFormatException exception)
        {
            // Bytes that contradict themselves are a bad request; good audio of the wrong kind is one that cannot be processed.
            var status = exception.Fault == AudioFault.Corrupt ? StatusCodes.Status400BadRequest : StatusCodes.Status422UnprocessableEntity;
            return Problem(status, exception.Message);
        }
        catch (Exception exception) when (exception is DecoderMissingException or ModelUnavailableException)
        {
            return Problem(StatusCodes.Status503ServiceUnavailable, exception.Message);
        }
    }

    internal static async Task<MemoryStream> Body(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = new MemoryStream(capacity: (int)Math.Clamp(request.ContentLength ?? 0, 0, 1024 * 1024));
        await request.Body.CopyToAsync(body, cancellationToken);
        body.Position = 0;
        return body;
    }

    internal static async Task<string> WhyNoModel(string device, DeviceStore devices, CancellationToken cancellationToken) =>
        await devices.Knows(device, cancellationToken)
            ? $"No model is deployed for device {device}: train one, or deploy a version that covers it."
            : $"No model is deployed for device {device}, and no device of that code is known.";

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);

    private sealed record ScoredAudio(
        string Device,
        string Detector,
        double Score,
        double Threshold,
        string Verdict,
        string ModelId,
        int Version,
        long Deployment,
        int Patches,
        IReadOnlyList<DetectorScore> Detectors)
    {
        internal static ScoredAudio Of(string device, ModelDeployed deployed, RecordingPrediction prediction) => new(
            device, prediction.Detector, prediction.Score, prediction.Threshold, prediction.Verdict,
            deployed.ModelId, deployed.Version, deployed.Deployment, prediction.Patches, prediction.Detectors);
    }
}
