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

    // Most files are small, so that reading them one by one is waiting for the store once for each.
    private const int ParallelReads = 8;

    /// <summary>Returns the manifest's SHA-256, or null when another writer's manifest already stands there.</summary>
    /// <remarks>
    /// A writer that repeats itself with the same bytes (its message was redelivered) gets the hash again. Who is first
    /// decides, even of writers that work at the same time; who comes later completes the first one's artifact if it died.
    /// </remarks>
    public static Task<string?> Publish(
        IObjectStore store,
        string prefix,
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files,
        CancellationToken cancellationToken)
    {
        if (files.ContainsKey(ManifestName))
            throw new ArgumentException($"'{ManifestName}' is written by Publish itself.", nameof(files));

        return new ArtifactPublication(store, prefix).Run(ArtifactManifests.Write(Describe(files)), files, cancellationToken);
    }

    /// <summary>Reads and verifies everything; with <paramref name="manifestSha256"/> also that it is the artifact meant.</summary>
    /// <exception cref="ObjectNotFoundException">There is no complete artifact under this prefix.</exception>
    /// <exception cref="ObjectCorruptException">A file or the manifest is not the one that was written.</exception>
    public static async Task<ArtifactFolder> Read(
        IObjectStore store, string prefix, string? manifestSha256, CancellationToken cancellationToken)
    {
        var (manifest, sha256) = await Manifest(store, prefix, manifestSha256, cancellationToken);
        var contents = new byte[manifest.Files.Count][];
        var options = new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, contents.Length, options, async (i, token) =>
        {
            var file = manifest.Files[i];
            contents[i] = await store.ReadVerified($"{prefix}/{file.Path}", file.Sha256, token);
        });
        var files = manifest.Files.Zip(contents).ToDictionary(pair => pair.First.Path, pair => pair.Second, StringComparer.Ordinal);
        return new ArtifactFolder(manifest, sha256, files);
    }

    /// <summary>What an artifact consists of, without reading it.</summary>
    /// <exception cref="ObjectNotFoundException">There is no complete artifact under this prefix.</exception>
    /// <exception cref="ObjectCorruptException">The manifest is not the one that was written.</exception>
    public static async Task<ArtifactManifest> ReadManifest(
        IObjectStore store, string prefix, string manifestSha256, CancellationToken cancellationToken) =>
        (await Manifest(store, prefix, manifestSha256, cancellationToken)).Manifest;

    /// <summary>Copies a verified artifact, manifest last; repeating it ends in the same state. Returns the manifest's SHA-256.</summary>
    /// <exception cref="ObjectCorruptException">Another artifact stands at the target.</exception>
    public static async Task<string> CopyTo(
        IObjectStore store, string fromPrefix, string toPrefix, string expectedManifestSha256, CancellationToken cancellationToken)
    {
        var source = await Read(store, fromPrefix, expectedManifestSha256, cancellationToken);
        var manifest = await store.ReadVerified($"{fromPrefix}/{ManifestName}", source.ManifestSha256, cancellationToken);
        var files = source.Files.ToDictionary(file => file.Key, file => (ReadOnlyMemory<byte>)file.Value);
        if (await new ArtifactPublication(store, toPrefix).Run(manifest, files, cancellationToken) is null)
            // What stands there may be this artifact in another spelling; anything else is refused by name.
            await store.ReadVerified($"{toPrefix}/{ManifestName}", source.ManifestSha256, cancellationToken);
        return source.ManifestSha256;
    }

    private static async Task<(ArtifactManifest Manifest, string Sha256)> Manifest(
        IObjectStore store, string prefix, string? expectedSha256, CancellationToken cancellationToken)
    {
        var key = $"{prefix}/{ManifestName}";
        var bytes = expectedSha256 is null
            ? await store.ReadAll(key, cancellationToken)
            : await store.ReadVerified(key, expectedSha256, cancellationToken);
        return (ArtifactManifests.Parse(key, bytes), ArtifactManifests.Hash(bytes));
    }

    private static ArtifactManifest Describe(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files) => new(
        ArtifactManifests.Format,
        [.. files.OrderBy(file => file.Key, StringComparer.Ordinal)
            .Select(file => new ArtifactFile(file.Key, file.Value.Length, ArtifactManifests.Hash(file.Value.Span)))]);
}
