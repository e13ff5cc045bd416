using Platform.Cli.Client;

namespace Platform.Cli.Training;

/// <summary>What became of a run's version: served by the predictor, or kept back by the registry's gate.</summary>
/// <param name="Served">Devices that the predictor scores by it now.</param>
/// <param name="Elsewhere">Devices that it was deployed for and that another model serves, which is closer to them; with that model.</param>
internal sealed record Deployment(ModelVersion Version, IReadOnlyList<string> Served, IReadOnlyDictionary<string, string> Elsewhere)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Waits until the predictor serves the version for every device with a threshold, or the registry has decided against it.</summary>
    public static async Task<Deployment> Settle(PlatformClient client, Run run, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var served = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            while (true)
            {
                var model = await client.FindModel(run.ModelId, limit.Token);
                if (model?.Versions.FirstOrDefault(version => version.RunId == run.Id) is { } version)
                {
                    if (version.State is "rejected" or "registered" or "archived")
                        return new(version, [], new Dictionary<string, string>());
                    if (await Serving(client, run, model, version, served, limit.Token) is { } elsewhere)
                        return new(version, [.. served], elsewhere);
                }

                await timer.WaitForNextTickAsync(limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PlatformException($"The predictor did not load the version of run {run.Name} within {Limit.TotalMinutes:0} minutes; its log says why.");
        }
    }

    /// <summary>Adds to the devices that are served by the version; what serves the others, or null when one is not settled yet.</summary>
    private static async Task<IReadOnlyDictionary<string, string>?> Serving(
        PlatformClient client, Run run, Model model, ModelVersion version, SortedSet<string> served, CancellationToken cancellationToken)
    {
        // Known before the predictor is asked: whoever is served by another model although this one is in memory stays there.
        var inMemory = model.Replicas?.Any(replica => replica.State == "loaded" && replica.Version >= version.Version) == true;
        var elsewhere = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var device in version.Thresholds.Select(threshold => threshold.Device).Distinct().Where(device => !served.Contains(device)))
        {
            var loaded = await client.FindLoadedModel(device, cancellationToken);
            if (loaded is not null && loaded.ModelId == run.ModelId && loaded.Version >= version.Version)
                served.Add(device);
            else if (loaded is not null && loaded.ModelId != run.ModelId && inMemory)
                elsewhere[device] = $"{loaded.ModelId} v{loaded.Version}";
            else
                return null;
        }

        return elsewhere;
    }
}
