using Microsoft.AspNetCore.Http.HttpResults;

namespace Platform.Predictor.Shadows;

/// <summary>
/// <c>GET /comparisons/{model id}?version=&amp;from=&amp;to=&amp;buckets=&amp;device=</c>: a model's shadow and what served, over the same recordings. Times
/// are those of the recordings. The id comes last, because it has slashes of its own.
/// </summary>
internal static class ComparisonEndpoint
{
    internal const int MostDevices = 200;

    private const int MostBuckets = 500;

    internal static void MapComparison(this IEndpointRouteBuilder routes) => routes.MapGet("/comparisons/{**modelId}", Get);

    private static async Task<Results<Ok<Comparison>, ProblemHttpResult>> Get(
        string modelId,
        ShadowTable table,
        ComparisonStore store,
        CancellationToken cancellationToken,
        int? version = null,
        DateTimeOffset? from = null,
        DateTimeOffset? to = null,
        int buckets = 12,
        string? device = null)
    {
        modelId = Uri.UnescapeDataString(modelId); // routing leaves %2F as it is
        if (buckets is < 1 or > MostBuckets)
            return Problem(StatusCodes.Status400BadRequest, $"buckets is {buckets}; allowed are 1 to {MostBuckets}.");
        if (version < 1)
            return Problem(StatusCodes.Status400BadRequest, $"version is {version}; versions start at 1.");
        if (from >= to)
            return Problem(StatusCodes.Status400BadRequest, $"from is {from:O}; allowed is a time before to, which is {to:O}.");

        var shadow = table.Find(modelId);
        if ((version ?? shadow?.Version ?? await store.LastVersion(modelId, cancellationToken)) is not { } compared)
            return Problem(StatusCodes.Status404NotFound, $"No version of '{modelId}' was ever a shadow.");
        if (shadow?.Version != compared)
            shadow = null;

        var filter = new ComparisonFilter(modelId, compared, from?.UtcDateTime, to?.UtcDateTime, device);
        var lines = await store.Lines(filter, buckets, cancellationToken);
        var total = lines.SingleOrDefault(line => line is { Bucket: null, Device: null, Champion: null });
        return TypedResults.Ok(new Comparison(
            modelId,
            compared,
            shadow?.State,
            shadow?.StartedAt,
            shadow?.Devices.Count,
            from,
            to,
            total?.Verdicts,
            [.. lines.Where(line => line.Bucket is not null).Select(line => new ComparedTime(line.From!.Value, line.To!.Value, line.Verdicts))],
            [.. lines.Where(line => line.Device is not null).Take(MostDevices).Select(line => new ComparedDevice(line.Device!, line.Verdicts))],
            [.. lines.Where(line => line.Champion is not null).Select(line => new ComparedChampion(line.Champion!, line.ChampionVersion!.Value, line.Recordings))],
            await store.OnlyShadow(filter, cancellationToken),
            await store.NotComparable(filter, cancellationToken)));
    }

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);
}
