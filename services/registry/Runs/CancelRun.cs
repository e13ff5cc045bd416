using Platform.Contracts;

namespace Platform.Registry.Runs;

/// <summary>What came of asking to cancel a run.</summary>
internal abstract record CancelOutcome
{
    internal sealed record Cancelled(Run Run) : CancelOutcome;

    internal sealed record TooLate(Run Run) : CancelOutcome;

    internal sealed record Unknown : CancelOutcome;
}

/// <summary>
/// Ends a run as cancelled, then tells its worker by the marker object. Cancelling again writes a marker that is missing
/// because the process died in between.
/// </summary>
internal sealed class CancelRun(RunStore runs, RunEndings endings)
{
    private const string Reason = "Cancelled by request.";

    public async Task<CancelOutcome> Cancel(string idOrName, CancellationToken cancellationToken)
    {
        if (await runs.Find(idOrName, cancellationToken) is not { } found)
            return new CancelOutcome.Unknown();

        await endings.TryEnd(found.Id, RunStates.Cancelled, Reason, cancellationToken);
        var run = (await runs.Find(found.Id.ToString(), cancellationToken))!;
        if (run.State != RunStates.Cancelled)
            return new CancelOutcome.TooLate(run);

        await endings.MarkCancelled(run.Name, Reason, cancellationToken);
        return new CancelOutcome.Cancelled(run);
    }
}
