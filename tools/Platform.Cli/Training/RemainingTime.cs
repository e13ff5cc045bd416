namespace Platform.Cli.Training;

/// <summary>
/// How long runs still take at most, from the steps that they took while somebody watched. Early stopping may end them sooner; a rate
/// over the last minute follows a machine that becomes slower.
/// </summary>
internal sealed class RemainingTime(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    private readonly Queue<(DateTimeOffset At, int Step)> seen = new();

    /// <summary>Null until enough was seen.</summary>
    public TimeSpan? Of(int step, int maxSteps)
    {
        var now = time.GetUtcNow();
        if (seen.Count > 0 && step < seen.Last().Step)
            seen.Clear(); // another worker goes on from a checkpoint
        if (seen.Count == 0 || step > seen.Last().Step)
            seen.Enqueue((now, step));
        while (seen.Count > 2 && now - seen.Peek().At > Window)
            seen.Dequeue();

        var (firstAt, firstStep) = seen.Peek();
        return now - firstAt < Least || step == firstStep ? null : (now - firstAt) / (step - firstStep) * (maxSteps - step);
    }

    /// <summary>For people: <c>40 s</c>, <c>3 min</c>, <c>2 h 5 min</c>.</summary>
    public static string Text(TimeSpan remaining) => remaining switch
    {
        { TotalSeconds: < 100 } => $"{Math.Ceiling(remaining.TotalSeconds):0} s",
        { TotalMinutes: < 100 } => $"{Math.Ceiling(remaining.TotalMinutes):0} min",
        _ => $"{(int)remaining.TotalHours} h {remaining.Minutes} min",
    };
}
