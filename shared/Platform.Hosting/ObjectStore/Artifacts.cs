using System.Security.Cryptography;
using System.Text.Json;

namespace Platform.Hosting;

/// <param name="Format">1; a reader refuses any other.</param>
/// <param name="Files">Sorted by path.</param>
public sealed record ArtifactManifest(int Format, IReadOnlyList<ArtifactFile> Files);

/// <param name="Path">Relative to the artifact's prefix.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record ArtifactFile(string Path, long Size, string Sha256);

/// <summary>An artifact as it was read: every file is the one that the manifest names.</summary>
public sealed record ArtifactFolder(ArtifactManifest Manifest, string ManifestSha256, IReadOnlyDictionary<string, byte[]> Files);

/// <summary>
/// Objects that belong together (a model package, a checkpoint) under one prefix, complete or absent: the files first,
/// <c>manifest.json</c> with their hashes last, created only if absent.
/// </summary>
public static class Artifacts
{
    public const string ManifestName = "manifest.json";

    private const int Format = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Returns the manifest's SHA-256, or null when another writer's manifest already stands there.</summary>
    /// <remarks>
    /// A writer that repeats itself with the same bytes (its message was redelivered) gets the hash again. One with other
    /// bytes leaves what is complete untouched: it looks for the manifest before it writes a file.
    /// </remarks>
    public static async Task<string?> Publish(
        IObjectStore store,
        string prefix,
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files,
        CancellationToken cancellationToken)
    {
        if (files.ContainsKey(ManifestName))
            throw new ArgumentException($"'{ManifestName}' is written by Publish itself.", nameof(files));

        var manifest = Describe(files);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(manifest, Json);
        var manifestKey = $"{prefix}/{ManifestName}";
        if (await store.Find(manifestKey, cancellationToken) is not null)
            return await SameOrNull(store, manifestKey, bytes, cancellationToken);

        // What an attempt that died here before has left is overwritten: without a manifest it is nobody's.
        foreach (var file in manifest.Files)
            await Put(store, $"{prefix}/{file.Path}", files[file.Path], cancellationToken);

        if (!await store.TryCreate(manifestKey, bytes, cancellationToken))
            return await SameOrNull(store, manifestKey, bytes, cancellationToken);

        // Another writer may have put its files over ours before it saw that it lost.
        foreach (var file in manifest.Files)
        {
            if (!await IsIntact(store, $"{prefix}/{file.Path}", file.Sha256, cancellationToken))
                await Put(store, $"{prefix}/{file.Path}", files[file.Path], cancellationToken);
        }

        return Hash(bytes);
    }

    /// <summary>Reads and verifies everything; with <paramref name="manifestSha256"/> also that it is the artifact meant.</summary>
    /// <exception cref="ObjectNotFoundException">There is no complete artifact under this prefix.</exception>
    /// <exception cref="ObjectCorruptException">A file or the manifest is not the one that was written.</exception>
    public static async Task<ArtifactFolder> Read(
        IObjectStore store, string prefix, string? manifestSha256, CancellationToken cancellationToken)
    {
        var (manifest, hash, _) = await ReadManifest(store, prefix, manifestSha256, cancellationToken);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var file in manifest.Files)
            files[file.Path] = await store.ReadVerified($"{prefix}/{file.Path}", file.Sha256, cancellationToken);
        return new ArtifactFolder(manifest, hash, files);
    }

    /// <summary>Copies a verified artifact, manifest last; a repeated copy ends in the same state. Returns the manifest's SHA-256.</summary>
    public static async Task<string> CopyTo(
        IObjectStore store, string fromPrefix, string toPrefix, string expectedManifestSha256, CancellationToken cancellationToken)
    {
        var (manifest, hash, bytes) = await ReadManifest(store, fromPrefix, expectedManifestSha256, cancellationToken);
        var targetKey = $"{toPrefix}/{ManifestName}";
        if (await store.Find(targetKey, cancellationToken) is null)
        {
            foreach (var file in manifest.Files)
            {
                var content = await store.ReadVerified($"{fromPrefix}/{file.Path}", file.Sha256, cancellationToken);
                await Put(store, $"{toPrefix}/{file.Path}", content, cancellationToken);
            }

            await store.TryCreate(targetKey, bytes, cancellationToken);
        }

        // Whoever wrote it: it must be this artifact now.
        await store.ReadVerified(targetKey, hash, cancellationToken);
        return hash;
    }

    private static async Task<(ArtifactManifest Manifest, string Sha256, byte[] Bytes)> ReadManifest(
        IObjectStore store, string prefix, string? expectedSha256, CancellationToken cancellationToken)
    {
        var key = $"{prefix}/{ManifestName}";
        var bytes = expectedSha256 is null
            ? await store.ReadAll(key, cancellationToken)
            : await store.ReadVerified(key, expectedSha256, cancellationToken);
        try
        {
            var manifest = JsonSerializer.Deserialize<ArtifactManifest>(bytes, Json);
            return manifest is { Format: Format, Files: not null }
                ? (manifest, Hash(bytes), bytes)
                : throw new PermanentException($"'{key}' is no artifact manifest of format {Format}.");
        }
        catch (JsonException exception)
        {
            throw new PermanentException($"'{key}' is no artifact manifest: {exception.Message}", exception);
        }
    }

    private static ArtifactManifest Describe(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files) => new(
        Format,
        [.. files.OrderBy(file => file.Key, StringComparer.Ordinal)
            .Select(file => new ArtifactFile(file.Key, file.Value.Length, Hash(file.Value.Span)))]);

    private static async Task Put(IObjectStore store, string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream(content.ToArray(), writable: false);
        await store.Put(key, stream, cancellationToken);
    }

    private static async Task<bool> IsIntact(IObjectStore store, string key, string sha256, CancellationToken cancellationToken) =>
        Hash(await store.ReadAll(key, cancellationToken)) == sha256;

    private static async Task<string?> SameOrNull(IObjectStore store, string manifestKey, byte[] ours, CancellationToken cancellationToken)
    {
        var theirs = await store.ReadAll(manifestKey, cancellationToken);
        return theirs.AsSpan().SequenceEqual(ours) ? Hash(ours) : null;
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
