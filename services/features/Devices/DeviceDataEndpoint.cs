using System.Text.Json;
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
            ? TypedResults.Ok(Respond(data))
            : TypedResults.Problem($"There is no device '{device}'.", statusCode: StatusCodes.Status404NotFound);
    }

    private static DeviceDataResponse Respond(DeviceData data) => new(
        data.Device,
        data.FeatureSpec,
        data.Recordings,
        data.Extracted,
        data.Pending,
        data.Trained,
        data.Failed,
        data.Excluded,
        data.PassedOver,
        data.Patches,
        data.FailuresJson is null ? new Dictionary<string, int>() : JsonSerializer.Deserialize<Dictionary<string, int>>(data.FailuresJson)!,
        data.Hours,
        data.FirstDay,
        data.LastDay,
        data.State,
        data.Reason,
        PreviousSpecLive: data.Covered && !data.SameSpec,
        data.Reextracting ? new Reextraction(data.Extracted + data.Failed, data.Recordings) : null,
        data.FalseAlarms,
        data.Absorbed);
}

/// <param name="PassedOver">Extracted and seen by the deployed version, which left them out by its screen or its draw.</param>
/// <param name="Failures">Reason → failed recordings.</param>
/// <param name="Hours">Of extracted audio.</param>
/// <param name="FirstDay">The plant's day of the oldest recording, <c>yyyyMMdd</c>.</param>
/// <param name="State"><c>never_trained | up_to_date | retrain_needed</c></param>
/// <param name="Reason"><c>new_data | label | spec | drift</c>; null when the model covers the data.</param>
/// <param name="PreviousSpecLive">The deployed model has another spec than the device: recordings are extracted under both.</param>
/// <param name="Reextraction">While recordings are extracted again after a change of the spec; null otherwise.</param>
/// <param name="FalseAlarms">Recordings that a model called anomalous and a person normal.</param>
/// <param name="Absorbed">Of those, the ones that a deployed model has learnt.</param>
internal sealed record DeviceDataResponse(
    string Device,
    string FeatureSpec,
    int Recordings,
    int Extracted,
    int Pending,
    int Trained,
    int Failed,
    int Excluded,
    int PassedOver,
    int Patches,
    IReadOnlyDictionary<string, int> Failures,
    double Hours,
    string? FirstDay,
    string? LastDay,
    string State,
    string? Reason,
    bool PreviousSpecLive,
    Reextraction? Reextraction,
    int FalseAlarms,
    int Absorbed);

/// <param name="Done">Recordings that are through, extracted or failed.</param>
internal sealed record Reextraction(int Done, int Total);
