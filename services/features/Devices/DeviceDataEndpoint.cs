using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace Platform.Features.Devices;

internal static class DeviceDataEndpoint
{
    internal static void MapDeviceData(this WebApplication app) => app.MapGet("/devices/{device}/data", Find);

    private static async Task<Results<Ok<DeviceDataResponse>, ProblemHttpResult>> Find(
        string device, NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await DeviceData.Find(connection, transaction: null, device, cancellationToken) is { } data
            ? TypedResults.Ok(new DeviceDataResponse(
                data.Device, data.FeatureSpec, data.Recordings, data.Extracted, data.Pending, data.Trained, data.Failed, data.Excluded,
                data.Patches, data.State, data.Reason))
            : TypedResults.Problem($"There is no device '{device}'.", statusCode: StatusCodes.Status404NotFound);
    }
}

/// <param name="State"><c>never_trained | up_to_date | retrain_needed</c></param>
/// <param name="Reason"><c>new_data | label | spec | drift</c>; null when the model covers the data.</param>
internal sealed record DeviceDataResponse(
    string Device, string FeatureSpec, int Recordings, int Extracted, int Pending, int Trained, int Failed, int Excluded, int Patches,
    string State, string? Reason);
