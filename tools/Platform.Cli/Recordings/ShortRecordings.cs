using Platform.Cli.Client;

namespace Platform.Cli.Recordings;

/// <summary>Which recordings are shorter than one window of their device's spec.</summary>
internal static class ShortRecordings
{
    private const int Page = 1_000;

    // What features found out reaches ingest in milliseconds; when it does not, the count is not worth more waiting.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>How many of these there are; asks once features is done with the devices' recordings.</summary>
    public static async Task<int> Among(
        PlatformClient client, IReadOnlyCollection<UploadResult> uploads, CancellationToken cancellationToken)
    {
        var found = 0;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestWait);
        foreach (var device in uploads.Where(upload => upload.Id is not null).GroupBy(upload => upload.Upload.Device, upload => upload.Id!.Value))
        {
            if (await client.FindDeviceData(device.Key, cancellationToken) is not { Failed: > 0 and var failed })
                continue;

            await UntilHeard(client, device.Key, failed, limit.Token, cancellationToken);
            found += (await All(client, device.Key, cancellationToken)).Intersect(device).Count();
        }

        return found;
    }

    private static async Task UntilHeard(
        PlatformClient client, string device, int failed, CancellationToken limit, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        try
        {
            while ((await client.FindDevice(device, cancellationToken))?.Recordings is { } heard
                && heard.TooShort + heard.Quarantined + heard.Failed < failed)
                await timer.WaitForNextTickAsync(limit);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // counted as far as it is known
        }
    }

    private static async Task<List<Guid>> All(PlatformClient client, string device, CancellationToken cancellationToken)
    {
        var ids = new List<Guid>();
        while (true)
        {
            var page = await client.GetRecordings(device, "too_short", Page, ids.Count == 0 ? null : ids[^1], cancellationToken);
            ids.AddRange(page.Select(recording => recording.Id));
            if (page.Count < Page)
                return ids;
        }
    }
}
