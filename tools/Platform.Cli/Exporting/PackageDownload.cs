using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Platform.Cli.Client;

namespace Platform.Cli.Exporting;

/// <summary>A version's package as a folder on this machine: every file is the one that the registry's manifest names, or there is none.</summary>
internal static class PackageDownload
{
    /// <summary>What Python predictors call the weights.</summary>
    public const string PythonWeights = "ae_model.pth";

    public const string ManifestName = "manifest.json";

    private const string Weights = "model.pth";

    // The weights of the largest architecture have some 200 MB.
    private const long MostBytes = 1L << 30;

    private sealed record Manifest(int Format, IReadOnlyList<ManifestFile>? Files);

    private sealed record ManifestFile(string Path, long Size, string Sha256);

    /// <summary>Fills a folder that nobody else sees yet.</summary>
    /// <param name="manifestSha256">As the registry's row has it.</param>
    /// <returns>Bytes of the package.</returns>
    /// <exception cref="PlatformException">What came is not that package.</exception>
    public static async Task<long> Into(
        string folder, PlatformClient client, string modelId, int version, string manifestSha256, CancellationToken cancellationToken)
    {
        var what = $"{modelId} v{version}";
        var archive = Path.Combine(folder, ".package.zip");
        try
        {
            using (var response = await client.OpenPackage(modelId, version, cancellationToken))
            await using (var target = File.Create(archive))
                await (await response.Content.ReadAsStreamAsync(cancellationToken)).CopyToAsync(target, cancellationToken);

            await using var zip = await ZipFile.OpenReadAsync(archive, cancellationToken);
            return await Unpack(zip, folder, what, manifestSha256, cancellationToken);
        }
        catch (Exception exception) when (exception is InvalidDataException or HttpRequestException or HttpIOException)
        {
            throw new PlatformException($"The package of {what} did not arrive whole: {exception.Message}", exception);
        }
        finally
        {
            File.Delete(archive);
        }
    }

    private static async Task<long> Unpack(ZipArchive zip, string folder, string what, string manifestSha256, CancellationToken cancellationToken)
    {
        // 1. The list of files, which the registry's row names by its hash.
        await Extract(zip, ManifestName, folder, what, manifestSha256, cancellationToken);
        var manifest = JsonSerializer.Deserialize<Manifest>(await File.ReadAllBytesAsync(Path.Combine(folder, ManifestName), cancellationToken), Json.Web);
        if (manifest is not { Format: 1, Files: { } files } || files.Sum(file => file.Size) > MostBytes)
            throw new PlatformException($"The package of {what} has a manifest that this version cannot read.");

        // 2. The files, each by its own.
        foreach (var file in files)
            await Extract(zip, file.Path, folder, what, file.Sha256, cancellationToken);

        // 3. The name that Python knows the weights by.
        File.Copy(Path.Combine(folder, Weights), Path.Combine(folder, PythonWeights));
        return files.Sum(file => file.Size);
    }

    private static async Task Extract(
        ZipArchive zip, string path, string folder, string what, string sha256, CancellationToken cancellationToken)
    {
        var target = Path.GetFullPath(Path.Combine(folder, path));
        if (!target.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new PlatformException($"The package of {what} names '{path}', which is no path below its folder.");
        var entry = zip.GetEntry(path) ?? throw new PlatformException($"The package of {what} lacks '{path}'.");

        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using (var source = await entry.OpenAsync(cancellationToken))
        await using (var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write))
        {
            var buffer = new byte[81_920];
            int read;
            while ((read = await source.ReadAsync(buffer, cancellationToken)) > 0)
            {
                hash.AppendData(buffer, 0, read);
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            file.Flush(flushToDisk: true); // before the folder gets its name
        }

        var actual = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (actual != sha256)
            throw new PlatformException($"The package of {what} is damaged: the SHA-256 of '{path}' is {actual}, expected {sha256}.");
    }
}
