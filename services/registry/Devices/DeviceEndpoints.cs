using Microsoft.AspNetCore.Http.HttpResults;

namespace Platform.Registry.Devices;

internal static class DeviceEndpoints
{
    public static void MapDevices(this IEndpointRouteBuilder app) => 
        app.MapGet("/devices", List).WithSummary("Every device with its data and alarms.");

    private static async Task<Ok<IReadOnlyList<DeviceOverview>>> List(DeviceStore devices, CancellationToken cancellationToken) =>
        TypedResults.Ok(await devices.Overview(cancellationToken));
}
