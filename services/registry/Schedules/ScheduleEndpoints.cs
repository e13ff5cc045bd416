using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Registry.Devices;
using Platform.Registry.Policies;

namespace Platform.Registry.Schedules;

internal static class ScheduleEndpoints
{
    private const int FiringsShown = 10;
    private const int LongestHistory = 1_000;

    public static void MapSchedules(this IEndpointRouteBuilder app)
    {
        var schedules = app.MapGroup("/schedules");
        schedules.MapGet("", List).WithSummary("Every schedule with its next firing.");
        schedules.MapGet("/{name}", Get).WithSummary("A schedule; the ETag is its revision.");
        schedules.MapPut("/{name}", Put).WithSummary("Make or replace a schedule.");
        schedules.MapDelete("/{name}", Delete).WithSummary("Delete a schedule; its history stays.");
        schedules.MapGet("/{name}/firings", Firings).WithSummary("The firings of a schedule and what came of each, newest first.");
        schedules.MapGet("/{name}/history", History).WithSummary("The edits of a schedule, newest first.");
        schedules.MapPost("/{name}/run", Run).WithSummary("Fire a schedule now.");
        app.MapBatches();
    }

    private static async Task<Ok<List<ScheduleView>>> List(
        ScheduleStore schedules, FiringStore firings, BatchStore batches, QuartzTriggers triggers, CancellationToken cancellationToken)
    {
        var views = new List<ScheduleView>();
        foreach (var schedule in await schedules.All(cancellationToken))
            views.Add(await View(schedule, 1, firings, batches, triggers, cancellationToken));
        return TypedResults.Ok(views);
    }

    private static async Task<Results<Ok<ScheduleView>, ProblemHttpResult>> Get(
        string name,
        HttpResponse response,
        ScheduleStore schedules,
        FiringStore firings,
        BatchStore batches,
        QuartzTriggers triggers,
        CancellationToken cancellationToken)
    {
        if (await schedules.Find(name, cancellationToken) is not { } schedule)
            return Unknown(name);
        ETags.Set(response, schedule.Revision);
        return TypedResults.Ok(await View(schedule, FiringsShown, firings, batches, triggers, cancellationToken));
    }

    private static async Task<IResult> Put(
        string name,
        ScheduleRequest request,
        HttpContext http,
        EditSchedule edit,
        FireSchedule fire,
        DeviceStore devices,
        QuartzTriggers triggers,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        if (ScheduleRequest.NameError(name) is { } wrong)
            errors["name"] = wrong;
        var editor = PolicyEndpoints.ReadEditor(http.Request, request.Actor, request.Reason, errors);
        var definition = request.Read(fire.Kinds.ToList(), await devices.Known(cancellationToken), time.GetUtcNow(), errors);
        if (errors.Count > 0)
            return Problem.BadRequest(errors);

        var outcome = await edit.Edit(name, editor, definition, cancellationToken);
        if (outcome is not EditOutcome<Schedule>.Done { Now: { } schedule, Created: var created })
            return Refusal(name, outcome);

        await triggers.Follow(cancellationToken);
        ETags.Set(http.Response, schedule.Revision);
        var view = ScheduleView.Of(schedule, await triggers.NextFiring(name, cancellationToken), []);
        return created ? TypedResults.Created($"/schedules/{name}", view) : TypedResults.Ok(view);
    }

    private static async Task<IResult> Delete(
        string name, HttpContext http, EditSchedule edit, QuartzTriggers triggers, CancellationToken cancellationToken, string? actor = null, string? reason = null)
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        var editor = PolicyEndpoints.ReadEditor(http.Request, actor, reason, errors);
        if (errors.Count > 0)
            return Problem.BadRequest(errors);
        var outcome = await edit.Edit(name, editor, null, cancellationToken);
        if (outcome is not EditOutcome<Schedule>.Done)
            return Refusal(name, outcome);
        await triggers.Follow(cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>Fires a schedule now, also one that is switched off; its own times stay as they are.</summary>
    private static async Task<Results<Accepted<FiringView>, ProblemHttpResult>> Run(
        string name, FireSchedule fire, FiringStore firings, BatchStore batches, TimeProvider time, CancellationToken cancellationToken)
    {
        var batchId = Guid.NewGuid();
        if (!await fire.Fire(batchId, name, FiringCauses.ByHand, time.GetUtcNow(), cancellationToken))
            return Unknown(name);
        var firing = (await firings.Find(batchId, cancellationToken))!;
        var results = await batches.Results([batchId], cancellationToken);
        return TypedResults.Accepted($"/batches/{batchId}", FiringView.Of(firing, results));
    }

    private static async Task<Results<Ok<IEnumerable<FiringView>>, ProblemHttpResult>> Firings(
        string name, FiringStore firings, BatchStore batches, CancellationToken cancellationToken, int limit = 100)
    {
        if (limit is < 1 or > LongestHistory)
            return Problem.BadRequest("limit", $"{limit} is out of range; allowed is 1 to {LongestHistory}.");
        // Also of a schedule that was deleted since.
        return TypedResults.Ok(await Views(name, limit, firings, batches, cancellationToken));
    }

    private static async Task<Results<Ok<IReadOnlyList<ScheduleEdit>>, ProblemHttpResult>> History(
        string name, ScheduleStore schedules, CancellationToken cancellationToken, int limit = 100) =>
        limit is < 1 or > LongestHistory
            ? Problem.BadRequest("limit", $"{limit} is out of range; allowed is 1 to {LongestHistory}.")
            : TypedResults.Ok(await schedules.History(name, limit, cancellationToken));

    private static async Task<ScheduleView> View(
        Schedule schedule, int limit, FiringStore firings, BatchStore batches, QuartzTriggers triggers, CancellationToken cancellationToken) =>
        ScheduleView.Of(
            schedule,
            await triggers.NextFiring(schedule.Name, cancellationToken),
            await Views(schedule.Name, limit, firings, batches, cancellationToken));

    private static async Task<IEnumerable<FiringView>> Views(
        string name, int limit, FiringStore firings, BatchStore batches, CancellationToken cancellationToken)
    {
        var found = await firings.Of(name, limit, cancellationToken);
        var results = await batches.Results(found.Select(firing => firing.BatchId), cancellationToken);
        return found.Select(firing => FiringView.Of(firing, results));
    }

    private static ProblemHttpResult Refusal(string name, EditOutcome<Schedule> outcome) => outcome switch
    {
        EditOutcome<Schedule>.Unknown { Why: var why } => Problem.NotFound(why),
        EditOutcome<Schedule>.Changed { Revision: var revision } => Problem.PreconditionFailed($"Schedule '{name}'", revision),
        _ => throw new InvalidOperationException($"Unexpected outcome {outcome}."),
    };

    private static ProblemHttpResult Unknown(string name) => Problem.NotFound($"There is no schedule '{name}'.");
}
