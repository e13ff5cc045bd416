using System.IO.Compression;
using Platform.Cli.Client;
using Platform.Dsp;

namespace Platform.Cli.Importing;

/// <summary>Hands the files of a folder to the registry, with the feature spec that a Python trainer's folder does not have.</summary>
/// <param name="spec">Name of the spec; null for that of the folder's devices.</param>
internal sealed class ModelUpload(PlatformClient client, string? spec)
{
    private const string SpecFile = "feature_spec.json";
    private const string Thresholds = "thresholds";
    private const string ThresholdPrefix = "threshold_";

    private static readonly string[] TopFiles =
        ["ae_model.pth", "model.pth", "global_scale.npy", "config.json", "metadata.json", "manifest.json", "golden.npz", SpecFile];

    private static readonly string[] Folders = [Thresholds, "scales", "detectors"];

    /// <summary>The flag says whether the same files were a version already.</summary>
    public async Task<(StartedImport Import, bool Known)> Send(ModelFolder folder, string? modelId, CancellationToken cancellationToken)
    {
        await using var archive = new FileStream(
            Path.Combine(Path.GetTempPath(), $"platform-import-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 81_920, FileOptions.DeleteOnClose);
        await using (var zip = await ZipArchive.CreateAsync(archive, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancellationToken))
        {
            foreach (var file in Files(folder.Path))
                await zip.CreateEntryFromFileAsync(file, Path.GetRelativePath(folder.Path, file), CompressionLevel.Fastest, cancellationToken);
            if (!File.Exists(Path.Combine(folder.Path, SpecFile)) && !IsPackage(folder.Path))
            {
                await using var entry = await zip.CreateEntry(SpecFile).OpenAsync(cancellationToken);
                await entry.WriteAsync(System.Text.Encoding.UTF8.GetBytes(await SpecOf(folder.Path, modelId, cancellationToken)), cancellationToken);
            }
        }

        archive.Position = 0;
        return await client.PostImport(archive, modelId, folder.Version, folder.Path, cancellationToken);
    }

    private static IEnumerable<string> Files(string folder) => TopFiles.Select(name => Path.Combine(folder, name)).Where(File.Exists)
        .Concat(Folders.Select(name => Path.Combine(folder, name)).Where(Directory.Exists).SelectMany(Directory.EnumerateFiles))
        .Order(StringComparer.Ordinal);

    /// <summary>A package of this platform says itself what it was trained under.</summary>
    private static bool IsPackage(string folder) =>
        File.Exists(Path.Combine(folder, "config.json")) && File.ReadAllText(Path.Combine(folder, "config.json")).Contains("\"spec_hash\"", StringComparison.Ordinal);

    private async Task<string> SpecOf(string folder, string? modelId, CancellationToken cancellationToken)
    {
        var name = spec ?? await SpecOfDevices(folder, modelId, cancellationToken);
        var stored = await client.FindFeatureSpec(name, cancellationToken)
            ?? throw new PlatformException($"there is no feature spec '{name}'; ./platform specs lists them.");
        return new FeatureSpec(null, stored.Extraction, stored.View).ToCanonicalJson();
    }

    private async Task<string> SpecOfDevices(string folder, string? modelId, CancellationToken cancellationToken)
    {
        var thresholds = Path.Combine(folder, Thresholds);
        var devices = (Directory.Exists(thresholds) ? Directory.EnumerateFiles(thresholds, $"{ThresholdPrefix}*.npy") : [])
            .Select(file => Path.GetFileNameWithoutExtension(file)[ThresholdPrefix.Length..])
            .Order(StringComparer.Ordinal)
            .ToList();
        if (devices.Count == 0)
            throw new PlatformException($"{folder} has no {Thresholds}/{ThresholdPrefix}{{device}}.npy{(modelId is null ? "" : $" for {modelId}")}, so the feature spec is not known either.");

        var specs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var device in devices)
        {
            var known = await client.FindDevice(device, cancellationToken)
                ?? throw new PlatformException($"unknown device '{device}'; a model is imported for devices that the platform knows.");
            specs.Add(known.FeatureSpec);
        }

        return specs.Count == 1
            ? specs.Single()
            : throw new PlatformException($"the devices {string.Join(", ", devices)} have different feature specs ({string.Join(", ", specs.Order(StringComparer.Ordinal))}); choose one with --spec.");
    }
}
