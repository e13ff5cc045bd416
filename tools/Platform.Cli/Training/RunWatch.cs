using Platform.Cli.Client;
using Platform.Cli.Output;

namespace Platform.Cli.Training;

/// <summary>Follows training runs until each has ended.</summary>
internal static class RunWatch
{
    public static async Task<IReadOnlyList<Run>> UntilEnded(
        PlatformClient client, IReadOnlyList<string> runIds, ProgressLine progress, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (true)
        {
            var runs = await Task.WhenAll(runIds.Select(id => client.GetRun(id, cancellationToken)));
            if (runs.All(run => run.Ended))
                return runs;
            progress.Set(runs.Sum(Share), runs.Length, Describe(runs));
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private static double Share(Run run) => run.Ended ? 1 : run.MaxSteps is > 0 and var most ? (double)(run.Step ?? 0) / most : 0;

    private static string Describe(IReadOnlyList<Run> runs)
    {
        if (runs.FirstOrDefault(run => run.State == "running") is not { } running)
            return string.Join(", ", runs.Where(run => !run.Ended).Select(run => $"{run.ModelId} {run.State}"));
        var loss = running.ValidationLoss is { } value ? $", validation loss {value:0.00000}" : "";
        var speed = running.PatchesPerSecond is { } rate ? $", {rate:0} patches/s" : "";
        return $"{running.ModelId} step {running.Step ?? 0}/{running.MaxSteps}{loss}{speed}";
    }

    /// <summary>The run if it completed; a run that ended otherwise is an error with the reason that the registry gives.</summary>
    public static Run Completed(Run run) => run.State == "completed"
        ? run
        : throw new PlatformException($"Run {run.Name} ended as {run.State}: {run.Reason ?? "no reason given"}");
}
