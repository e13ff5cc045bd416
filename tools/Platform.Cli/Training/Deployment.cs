using Platform.Cli.Client;

namespace Platform.Cli.Training;

/// <summary>What became of a run's version: served by the predictor, or kept back by the registry's gate.</summary>
internal static class Deployment
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Waits until the predictor serves the version of the run, or the registry has decided against it.</summary>
    public static async Task<ModelVersion> Settle(PlatformClient client, Run run, string device, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        try
        {
            while (true)
            {
                if (await Find(client, run, limit.Token) is { } version)
                {
                    if (version.State is "rejected" or "registered" or "archived")
                        return version;
                    if (await client.FindLoadedModel(device, limit.Token) is { } loaded && loaded.ModelId == run.ModelId && loaded.Version >= version.Version)
                        return version;
                }

                await timer.WaitForNextTickAsync(limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PlatformException($"The predictor did not load the version of run {run.Name} within {Limit.TotalMinutes:0} minutes; its log says why.");
        }
    }

    private static async Task<ModelVersion?> Find(PlatformClient client, Run run, CancellationToken cancellationToken)
    {
        var model = await client.FindModel(run.ModelId, cancellationToken);
        return model?.Versions.FirstOrDefault(version => version.RunId == run.Id);
    }
}
