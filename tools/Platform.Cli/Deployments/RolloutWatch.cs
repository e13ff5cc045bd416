using Platform.Cli.Client;
using Platform.Cli.Output;
using Spectre.Console;

namespace Platform.Cli.Deployments;

/// <summary>Follows a deployment until every replica that lives has said what it made of it, and shows who runs what.</summary>
internal static class RolloutWatch
{
    public static async Task<Rollout> UntilSettled(
        PlatformClient client, Rollout deployment, TimeSpan atMost, Report report, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(atMost);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        using var progress = report.Progress($"Rolling out v{deployment.Version}");
        var seen = deployment;
        try
        {
            while (!Settled(seen))
            {
                await timer.WaitForNextTickAsync(limit.Token);
                seen = await client.FindDeployment(deployment.Id, limit.Token) ?? seen;
                var replicas = seen.Replicas ?? [];
                progress.Set(replicas.Count(replica => replica.State != "pending"), replicas.Count, $"{Shown.Count(replicas.Count, "replica")}");
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // What is known by now is the answer.
        }

        return seen;
    }

    /// <summary>Shows the outcome; the exit code says whether the version is served by all that live.</summary>
    public static int Show(Rollout deployment, Report report)
    {
        report.Line($"{deployment.ModelId} v{deployment.Version}: {deployment.State.Replace('_', ' ')} ({deployment.Kind.Replace('_', ' ')} {deployment.Deployment}, id {deployment.Id})");
        if (deployment.Replicas is { Count: > 0 } replicas)
            report.Show(Table(replicas));
        else
            report.Line("No replica of the predictor has said anything about it; one that starts loads it by itself.");
        report.Result(deployment);
        return deployment.State == "live" ? 0 : 1;
    }

    public static Table Table(IReadOnlyList<Replica> replicas)
    {
        var table = new Table().AddColumns("replica", "state", "load, ms", "at", "because");
        foreach (var replica in replicas)
        {
            table.AddRow(
                Shown.Of(replica.Name),
                $"{replica.State}{(replica.Alive ? "" : ", gone since")}",
                Shown.Number(replica.LoadMilliseconds, "0"),
                Shown.Time(replica.At),
                Shown.Of(replica.Reason));
        }

        return table;
    }

    private static bool Settled(Rollout deployment) =>
        deployment.State != "rolling_out" || deployment.Replicas is { Count: > 0 } replicas && replicas.All(replica => replica.State != "pending");
}
