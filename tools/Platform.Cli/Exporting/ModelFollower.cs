using System.Text.Json;
using Platform.Cli.Client;
using Platform.Cli.Output;

namespace Platform.Cli.Exporting;

/// <summary>
/// Keeps <c>models/{device}</c> at what serves each device. It is a link into <c>versions/{device}/</c> that is replaced by rename, so a process that
/// opens it gets one version; resolve it once (<c>os.path.realpath</c>) to read several files of the same one. The version before stays until the
/// next switch.
/// </summary>
internal sealed class ModelFollower(PlatformClient client, string folder, IReadOnlyCollection<string> devices, TimeSpan every, Report report)
{
    private static readonly TimeSpan PlacesAge = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, string> refused = new(StringComparer.Ordinal);
    private CurrentDeployments? known;
    private bool complete = true;
    private DateTimeOffset placesAt;
    private bool away;

    public async Task Run(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        report.Line($"Following what is deployed into {Path.Combine(folder, "models")}/{{device}}; Ctrl-C ends it.");
        try
        {
            while (true)
            {
                await Look(cancellationToken);
                await Task.Delay(every, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            report.Line("ended");
        }
    }

    private async Task Look(CancellationToken cancellationToken)
    {
        try
        {
            var current = await client.FindDeployments(known?.Tag, cancellationToken);
            // A device that moves to another site may get another model without any deployment.
            if (current is not null || !complete || DateTimeOffset.UtcNow - placesAt > PlacesAge)
            {
                known = current ?? known!;
                var places = (await client.GetPlaces(cancellationToken)).ToDictionary(place => place.Device, StringComparer.Ordinal);
                placesAt = DateTimeOffset.UtcNow;
                complete = await Apply(ServedModels.ByDevice(known.Deployments, places, devices), cancellationToken);
            }

            if (away)
                report.Line("The registry answers again.");
            away = false;
        }
        catch (PlatformException exception)
        {
            // The registry may be restarted or the network away; what stands stays, and the next look is the retry.
            if (!away)
                report.Line($"{exception.Message} Trying again.");
            away = true;
        }
    }

    /// <summary>False when something could not be fetched.</summary>
    private async Task<bool> Apply(IReadOnlyDictionary<string, LiveDeployment> served, CancellationToken cancellationToken)
    {
        var whole = true;
        foreach (var (device, deployment) in served.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            try
            {
                if (await Switch(device, deployment, cancellationToken))
                    Report(device, deployment);
                refused.Remove(device);
            }
            catch (Exception exception) when (exception is PlatformException or IOException or UnauthorizedAccessException)
            {
                // One device's trouble must not keep the others from their models.
                whole = false;
                if (refused.GetValueOrDefault(device) != exception.Message)
                    report.Line($"{device}: {exception.Message} What is there stays; trying again.");
                refused[device] = exception.Message;
            }
        }

        return whole;
    }

    /// <summary>False when the device has it already.</summary>
    private async Task<bool> Switch(string device, LiveDeployment deployment, CancellationToken cancellationToken)
    {
        var name = $"{deployment.ModelId.Replace('/', '_')}_v{deployment.Version}_{deployment.PackageManifestSha256[..8]}";
        var link = Path.Combine(folder, "models", device);
        var destination = Path.Combine("..", "versions", device, name);
        var target = Path.Combine(folder, "versions", device, name);
        var before = new FileInfo(link).LinkTarget;
        if (before == destination && Directory.Exists(target))
            return false;

        if (!Directory.Exists(target))
            await Fetch(target, device, deployment, cancellationToken);
        FolderSwitch.Point(link, destination);
        Prune(device, name, before is null ? null : Path.GetFileName(before));
        return true;
    }

    private async Task Fetch(string target, string device, LiveDeployment deployment, CancellationToken cancellationToken)
    {
        var staged = FolderSwitch.Stage(target);
        try
        {
            await PackageDownload.Into(staged, client, deployment.ModelId, deployment.Version, deployment.PackageManifestSha256, cancellationToken);
            // A model of several devices scores each under its own scale; a reader of one device's folder knows only this name.
            var scale = Path.Combine(staged, "scales", device + ".npy");
            File.Copy(scale, Path.Combine(staged, "global_scale.npy"), overwrite: true);
            var about = new { device, deployment.ModelId, deployment.Version, deployment.Deployment, deployment.DeployedAt, deployment.PackageManifestSha256 };
            await File.WriteAllBytesAsync(Path.Combine(staged, "export.json"), JsonSerializer.SerializeToUtf8Bytes(about, Json.Web), cancellationToken);
            FolderSwitch.Place(staged, target);
        }
        finally
        {
            FolderSwitch.Discard(staged);
        }
    }

    private void Prune(string device, params string?[] kept)
    {
        foreach (var old in Directory.EnumerateDirectories(Path.Combine(folder, "versions", device)))
        {
            if (!kept.Contains(Path.GetFileName(old)) && !Path.GetFileName(old).StartsWith('.'))
                Directory.Delete(old, recursive: true);
        }
    }

    private void Report(string device, LiveDeployment deployment)
    {
        report.Line($"{device}: {deployment.ModelId} v{deployment.Version} (deployment {deployment.Deployment})");
        report.Result(new { device, deployment.ModelId, deployment.Version, deployment.Deployment, folder = Path.Combine(folder, "models", device) });
    }
}
