using System.IO.Compression;
using System.Text;
using Platform.Hosting;

namespace Platform.Registry.Models.Packages;

/// <summary>
/// A package as one ZIP file, written while it is read: no copy stands in memory or on the disk. Equal packages give equal bytes.
/// </summary>
internal static class PackageZip
{
    /// <exception cref="ObjectCorruptException">A file is not the one that the manifest names; what was written so far is no ZIP file.</exception>
    public static async Task Write(
        IObjectStore objects, StoredPackage package, ArtifactManifest manifest, Stream output, CancellationToken cancellationToken)
    {
        // Weights do not compress, and thresholds are small: stored, each byte is only copied.
        await using var zip = await ZipArchive.CreateAsync(output, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8, cancellationToken);
        foreach (var file in manifest.Files)
            await Add(zip, objects, package, file.Path, file.Sha256, cancellationToken);
        await Add(zip, objects, package, Artifacts.ManifestName, package.ManifestSha256, cancellationToken);
    }

    private static async Task Add(
        ZipArchive zip, IObjectStore objects, StoredPackage package, string path, string sha256, CancellationToken cancellationToken)
    {
        var entry = zip.CreateEntry(path, CompressionLevel.NoCompression);
        entry.LastWriteTime = new DateTimeOffset(package.RegisteredAt, TimeSpan.Zero);
        await using var target = await entry.OpenAsync(cancellationToken);
        await using var source = await objects.OpenVerified($"{package.Prefix}/{path}", sha256, cancellationToken);
        await source.CopyToAsync(target, cancellationToken);
    }
}
