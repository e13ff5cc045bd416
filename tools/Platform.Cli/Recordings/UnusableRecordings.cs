using Platform.Cli.Client;

namespace Platform.Cli.Recordings;

/// <summary>Which recordings turned out to be of no use once somebody decoded them.</summary>
internal static class UnusableRecordings
{
    private const int Page = 1_000;

    // What features found out reaches ingest in milliseconds; when it does not, the count is not worth more waiting.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>Those of the uploads; asked for once features is done with the devices' recordings.</summary>
    /// <param name="state"><c>too_short</c> or <c>quarantined</c></param>
    public static async Task<IReadOnlyList<(UploadResult Upload, Recording Recording)>> Among(
        PlatformClient client, IReadOnlyCollection<UploadResult> uploads, string state, CancellationToken cancellationToken)
    {
        var found = new List<(UploadResult, Recording)>();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LongestWait);
        foreach (var device in uploads.Where(upload => upload.Id is not null).GroupBy(upload => upload.Upload.Device))
        {
            if (await client.FindDeviceData(device.Key, cancellationToken) is not { Failed: > 0 and var failed })
                continue;

            await UntilHeard(client, device.Key, failed, limit.Token, cancellationToken);
            var byId = (await All(client, device.Key, state, cancellationToken)).ToDictionary(recording => recording.Id);
            found.AddRange(device.DistinctBy(upload => upload.Id).Where(upload => byId.ContainsKey(upload.Id!.Value))
                .Select(upload => (upload, byId[upload.Id!.Value])));
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

    private static async Task<List<Recording>> All(PlatformClient client, string device, string state, CancellationToken cancellationToken)
    {
        var recordings = new List<Recording>();
        while (true)
        {
            var page = await client.GetRecordings(device, state, Page, recordings.Count == 0 ? null : recordings[^1].Id, cancellationToken);
            recordings.AddRange(page);
            if (page.Count < Page)
                return recordings;
        }
    }
}
