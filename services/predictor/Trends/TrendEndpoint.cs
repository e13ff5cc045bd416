using Microsoft.AspNetCore.Http.HttpResults;

namespace Platform.Predictor.Trends;

/// <summary><c>GET /devices/{device}/trend?days=</c>: median and 95 % of each day up to the latest recording, and where the deployments stand.</summary>
internal static class TrendEndpoint
{
    private const int MostDays = 366;

    internal static void MapTrends(this IEndpointRouteBuilder routes) => routes.MapGet("/devices/{device}/trend", Read);

    private static async Task<Results<Ok<DeviceTrend>, ProblemHttpResult>> Read(
        string device, TrendReader trends, CancellationToken cancellationToken, int days = 30)
    {
        if (days is < 1 or > MostDays)
            return TypedResults.Problem($"days is {days}; allowed are 1 to {MostDays}.", statusCode: StatusCodes.Status400BadRequest);

        return await trends.Read(device, days, cancellationToken) is { } trend
            ? TypedResults.Ok(trend)
            : TypedResults.Problem($"No device {device} is known.", statusCode: StatusCodes.Status404NotFound);
    }
}
