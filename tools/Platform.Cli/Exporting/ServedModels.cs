using Platform.Cli.Client;
using Platform.Predictor.Serving;

namespace Platform.Cli.Exporting;

/// <summary>Which deployment serves which device, as the predictor decides it.</summary>
internal static class ServedModels
{
    /// <param name="wanted">Only these devices; all when empty.</param>
    public static IReadOnlyDictionary<string, LiveDeployment> ByDevice(IEnumerable<LiveDeployment> deployments, IReadOnlyCollection<string> wanted) => deployments
        .SelectMany(deployment => deployment.Devices.Select(device => (Device: device, Deployment: deployment)))
        .Where(pair => wanted.Count == 0 || wanted.Contains(pair.Device))
        .GroupBy(pair => pair.Device, pair => pair.Deployment, StringComparer.Ordinal)
        .ToDictionary(
            candidates => candidates.Key,
            candidates => candidates
                .OrderBy(deployment => Specificity.Rank(deployment.Mode, deployment.ModelId))
                .ThenByDescending(deployment => deployment.DeployedAt)
                .ThenBy(deployment => deployment.ModelId, StringComparer.Ordinal)
                .First(),
            StringComparer.Ordinal);
}
