using Platform.Cli.Client;
using Platform.Contracts;

namespace Platform.Cli.Exporting;

/// <summary>Which deployment serves which device, as the predictor decides it.</summary>
internal static class ServedModels
{
    /// <param name="places">Where each device stands and what it is.</param>
    /// <param name="wanted">Only these devices; all when empty.</param>
    public static IReadOnlyDictionary<string, LiveDeployment> ByDevice(
        IEnumerable<LiveDeployment> deployments, IReadOnlyDictionary<string, DevicePlace> places, IReadOnlyCollection<string> wanted) => deployments
        .SelectMany(deployment => deployment.Devices.Select(device => (Device: device, Deployment: deployment)))
        .Where(pair => wanted.Count == 0 || wanted.Contains(pair.Device))
        .GroupBy(pair => pair.Device, pair => pair.Deployment, StringComparer.Ordinal)
        .ToDictionary(
            candidates => candidates.Key,
            candidates => candidates
                .OrderBy(deployment => Specificity.Rank(
                    deployment.Mode, deployment.ModelId, places.TryGetValue(candidates.Key, out var place) ? (place.Site, place.MachineType) : null))
                .ThenByDescending(deployment => deployment.DeployedAt)
                .ThenBy(deployment => deployment.ModelId, StringComparer.Ordinal)
                .First(),
            StringComparer.Ordinal);
}
