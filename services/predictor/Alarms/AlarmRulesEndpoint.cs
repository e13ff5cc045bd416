using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Predictor.Devices;

namespace Platform.Predictor.Alarms;

/// <summary>
/// <c>GET, PUT, DELETE /devices/{device}/alarm-rules</c>: when this device's alarm opens and closes. What a PUT leaves out is as the options of
/// the predictor say; rules hold from the next recording on.
/// </summary>
internal static class AlarmRulesEndpoint
{
    internal static void MapAlarmRules(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/devices/{device}/alarm-rules", Show);
        routes.MapPut("/devices/{device}/alarm-rules", Put);
        routes.MapDelete("/devices/{device}/alarm-rules", Delete);
    }

    private static async Task<Results<Ok<RulesShown>, ProblemHttpResult>> Show(
        string device, AlarmRulesStore rules, DeviceStore devices, AlarmOptions options, CancellationToken cancellationToken) =>
        await devices.Knows(device, cancellationToken)
            ? TypedResults.Ok(RulesShown.Of(device, options.Rules, await rules.Find(device, cancellationToken)))
            : Unknown(device);

    private static async Task<Results<Ok<RulesShown>, ProblemHttpResult>> Put(
        string device, RulesRequest request, AlarmRulesStore rules, DeviceStore devices, AlarmOptions options, CancellationToken cancellationToken)
    {
        var own = new OwnRules(request.OpenAfter, request.OfLast, request.ClearAfter, request.ClearBelow);
        if (own.Mistake(options.Rules) is { } mistake)
            return TypedResults.Problem(mistake, statusCode: StatusCodes.Status400BadRequest);
        if (!await devices.Knows(device, cancellationToken))
            return Unknown(device);

        await rules.Keep(device, own, request.By, cancellationToken);
        return TypedResults.Ok(RulesShown.Of(device, options.Rules, await rules.Find(device, cancellationToken)));
    }

    private static async Task<Results<Ok<RulesShown>, ProblemHttpResult>> Delete(
        string device, AlarmRulesStore rules, DeviceStore devices, AlarmOptions options, CancellationToken cancellationToken)
    {
        if (!await devices.Knows(device, cancellationToken))
            return Unknown(device);

        await rules.Forget(device, cancellationToken);
        return TypedResults.Ok(RulesShown.Of(device, options.Rules, own: null));
    }

    private static ProblemHttpResult Unknown(string device) =>
        TypedResults.Problem($"No device {device} is known.", statusCode: StatusCodes.Status404NotFound);
}

internal sealed record RulesRequest(
    int? OpenAfter = null, int? OfLast = null, int? ClearAfter = null, double? ClearBelow = null, string? By = null);

/// <summary>The rules that hold.</summary>
/// <param name="Own">What was said for this device; null when nothing was.</param>
internal sealed record RulesShown(string Device, int OpenAfter, int OfLast, int ClearAfter, double ClearBelow, StoredRules? Own)
{
    internal static RulesShown Of(string device, AlarmRules options, StoredRules? own)
    {
        var rules = own?.Own.Over(options) ?? options;
        return new(device, rules.OpenAfter, rules.OfLast, rules.ClearAfter, rules.ClearBelow, own);
    }
}
