using Platform.Cli.Client;
using Platform.Cli.Output;

namespace Platform.Cli.Training;

/// <summary>Follows training runs until each has ended.</summary>
internal static class RunWatch
{
    public static async Task<IReadOnlyList<Run>> UntilEnded(
        PlatformClient client, IReadOnlyList<string> runIds, ProgressLine progress, CancellationToken cancellationToken)
    {
        var remaining = new Dictionary<Guid, RemainingTime>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        while (true)
        {
            var runs = await Task.WhenAll(runIds.Select(id => client.GetRun(id, cancellationToken)));
            if (runs.All(run => run.Ended))
                return runs;
            progress.Set(runs.Sum(Share), runs.Length, Describe(runs, remaining));
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private static double Share(Run run) => run.Ended ? 1 : run.MaxSteps is > 0 and var most ? (double)(run.Step ?? 0) / most : 0;

    private static string Describe(IReadOnlyList<Run> runs, Dictionary<Guid, RemainingTime> remaining)
    {
        if (runs.FirstOrDefault(run => run.State == "running") is not { } running)
            return string.Join(", ", runs.Where(run => !run.Ended).Select(run => $"{run.ModelId} {run.State}"));
        var (step, most) = (running.Step ?? 0, running.MaxSteps ?? 0);
        var loss = running.ValidationLoss is { } validation ? $", validation loss {validation:0.00000}"
            : running.TrainingLoss is { } training ? $", loss {training:0.00000}" : "";
        var speed = running.PatchesPerSecond is > 0 and var rate ? $", {rate:0} patches/s" : "";
        remaining.TryAdd(running.Id, new RemainingTime(TimeProvider.System));
        var left = remaining[running.Id].Of(step, most) is { } time ? $", at most {RemainingTime.Text(time)} left" : "";
        return $"{running.ModelId} step {step}/{most}{loss}{speed}{left}";
    }

    /// <summary>The run if it completed; a run that ended otherwise is an error with the reason that the registry gives.</summary>
    public static Run Completed(Run run) => run.State == "completed"
        ? run
        : throw new PlatformException($"Run {run.Name} ended as {run.State}: {run.Reason ?? "no reason given"}");
}
