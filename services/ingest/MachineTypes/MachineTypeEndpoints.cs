using Microsoft.AspNetCore.Http.HttpResults;

namespace Platform.Ingest;

internal static class MachineTypeEndpoints
{
    public static void MapMachineTypes(this WebApplication app)
    {
        app.MapPut("/machine-types/{type}", Assign);
        app.MapGet("/machine-types", async (MachineTypeStore types, CancellationToken cancellationToken) =>
            (await types.All(cancellationToken)).Select(MachineTypeResponse.Of));
    }

    private static async Task<Results<Ok<MachineTypeResponse>, ProblemHttpResult>> Assign(
        string type, MachineTypeSettings settings, MachineTypeStore types, CancellationToken cancellationToken)
    {
        var problem = Codes.Problem("machineType", type)
            ?? (settings.FeatureSpec is null ? "featureSpec is missing: give the name of a spec, or '' to take it away." : null)
            ?? (settings.FeatureSpec is "" ? null : Codes.SpecProblem("featureSpec", settings.FeatureSpec!));
        if (problem is not null)
            return TypedResults.Problem(problem, statusCode: StatusCodes.Status400BadRequest);

        var spec = settings.FeatureSpec is "" ? null : settings.FeatureSpec;
        return TypedResults.Ok(MachineTypeResponse.Of(await types.Assign(type, spec, cancellationToken)));
    }
}

/// <param name="FeatureSpec">An empty text takes the spec away: devices of this type then have the default.</param>
internal sealed record MachineTypeSettings(string? FeatureSpec = null);

/// <param name="FeatureSpec">Null when the type has none.</param>
/// <param name="WithOwnSpec">Of the devices, those that do not follow their type.</param>
internal sealed record MachineTypeResponse(string MachineType, string? FeatureSpec, int Devices, int WithOwnSpec)
{
    public static MachineTypeResponse Of(MachineType type) => new(type.Name, type.FeatureSpec, type.Devices, type.WithOwnSpec);
}
