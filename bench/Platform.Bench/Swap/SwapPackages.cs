using Platform.Bench.Serving;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Bench.Swap;

/// <summary>
/// The packages that are swapped: three versions of a model per device, in turn, so that the next one is never the one before and has to be
/// loaded from the store each time; and of some, bad ones.
/// </summary>
internal sealed class SwapPackages
{
    private const int Versions = 3;

    private readonly Dictionary<(string Device, int Version), Expected> _expected = [];
    private readonly Dictionary<(string Device, int Version), ModelDeployed> _packages = [];
    private readonly Dictionary<string, ModelDeployed> _corrupt = [];
    private readonly Dictionary<string, long> _deployments = [];

    private sealed record Expected(double Score, double Threshold);

    public IReadOnlyList<string> Devices { get; private init; } = [];

    public static async Task<SwapPackages> Create(int devices, bool corrupt, FeatureSet features, IObjectStore store, CancellationToken cancellationToken)
    {
        var packages = new SwapPackages { Devices = [.. Enumerable.Range(0, devices).Select(number => $"D-{number}")] };
        foreach (var (number, device) in packages.Devices.Index())
        {
            for (var version = 1; version <= Versions; version++)
            {
                var model = BenchModel.Create(device, (number * Versions) + version);
                packages._expected[(device, version)] = new(model.Score(features), model.Threshold);
                packages._packages[(device, version)] = await model.Publish(store, version, cancellationToken);
            }

            if (!corrupt)
                continue;
            var bad = await BenchModel.Create(device, 10_000 + number).Publish(store, Versions + 1, cancellationToken);
            var key = $"{bad.PackagePrefix}/model.pth";
            var weights = await store.ReadAll(key, cancellationToken);
            weights[weights.Length / 2] ^= 1;
            await store.Put(key, new MemoryStream(weights), cancellationToken);
            packages._corrupt[device] = bad;
        }

        return packages;
    }

    /// <summary>The next deployment of a device's model; its version follows from its number.</summary>
    public ModelDeployed Next(string device)
    {
        var deployment = Number(device);
        return _packages[(device, VersionOf(deployment))] with { Deployment = deployment, DeployedAt = DateTimeOffset.UtcNow };
    }

    /// <summary>One that has to be refused: a flipped bit in the weights, or a feature spec that is not the package's.</summary>
    public ModelDeployed NextBad(string device, bool corrupt)
    {
        var deployment = Number(device);
        return (corrupt ? _corrupt[device] : _packages[(device, VersionOf(deployment))] with { SpecHash = new string('0', 64), Version = Versions + 2 }) with { Deployment = deployment };
    }

    /// <summary>What is wrong with an answer; null when deployment, version, threshold and score belong together.</summary>
    public string? Fault(ScoreAnswer answer)
    {
        if (answer.Version != VersionOf(answer.Deployment) || !_expected.TryGetValue((answer.Device, answer.Version), out var expected))
            return $"{answer} names a version that was never good, or not that of its deployment.";
        return answer.Threshold == expected.Threshold && Math.Abs(answer.Score - expected.Score) <= 1e-5 * expected.Score
            ? null
            : $"{answer} mixes versions: {expected} is that version's.";
    }

    private static int VersionOf(long deployment) => (int)((deployment - 1) % Versions) + 1;

    private long Number(string device) => _deployments[device] = _deployments.GetValueOrDefault(device) + 1;
}
