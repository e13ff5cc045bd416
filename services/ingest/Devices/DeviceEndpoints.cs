using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Platform.Ingest;

internal static class DeviceEndpoints
{
    public static void MapDevices(this WebApplication app)
    {
        app.MapPut("/devices/{device}", Save);
        app.MapGet("/devices", async (DeviceStore devices, CancellationToken cancellationToken) =>
            (await devices.All(cancellationToken)).Select(device => DeviceResponse.Of(device)));
        app.MapGet("/devices/{device}", Find);
    }

    private static async Task<Results<Ok<DeviceResponse>, Created<DeviceResponse>, ProblemHttpResult>> Save(
        string device, DeviceSettings settings, DeviceStore devices, CancellationToken cancellationToken)
    {
        var problem = Codes.Problem("device", device)
            ?? (settings.Site is null ? null : Codes.Problem("site", settings.Site))
            ?? (settings.MachineType is null ? null : Codes.Problem("machineType", settings.MachineType))
            ?? (settings.TimeZone is null ? null : Codes.TimeZoneProblem(settings.TimeZone))
            ?? (settings.FeatureSpec is null or "" ? null : Codes.SpecProblem("featureSpec", settings.FeatureSpec));
        if (problem is not null)
            return TypedResults.Problem(problem, statusCode: StatusCodes.Status400BadRequest);

        var (saved, created) = await devices.Save(device, settings, cancellationToken);
        return created
            ? TypedResults.Created($"/devices/{device}", DeviceResponse.Of(saved))
            : TypedResults.Ok(DeviceResponse.Of(saved));
    }

    private static async Task<Results<Ok<DeviceResponse>, ProblemHttpResult>> Find(
        string device, DeviceStore devices, RecordingSummaries summaries, CancellationToken cancellationToken) =>
        await devices.Find(device, cancellationToken) is { } found
            ? TypedResults.Ok(DeviceResponse.Of(found, await summaries.Of(device, cancellationToken)))
            : TypedResults.Problem($"There is no device '{device}'.", statusCode: StatusCodes.Status404NotFound);
}

/// <param name="FeatureSpecFrom">Who gave it: <c>device | machine_type | default</c>.</param>
/// <param name="Recordings">Only where one device is asked for.</param>
internal sealed record DeviceResponse(
    string Device, string Site, string MachineType, string TimeZone, string FeatureSpec, string FeatureSpecFrom, long Revision,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    RecordingSummary? Recordings)
{
    public static DeviceResponse Of(Device device, RecordingSummary? recordings = null) => new(
        device.Code, device.Site, device.MachineType, device.TimeZone, device.FeatureSpec, device.FeatureSpecFrom, device.Revision, recordings);
}
