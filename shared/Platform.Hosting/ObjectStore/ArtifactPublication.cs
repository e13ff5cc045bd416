namespace Platform.Hosting;

/// <summary>
/// Publishes one artifact so that writers with different bytes under the same prefix cannot mix, even when one of them was
/// frozen in the middle and wakes up after the other has finished.
/// </summary>
/// <remarks>
/// A store cannot fence off a late overwrite, so nobody overwrites with bytes of their own: 1. each writer puts its files
/// under <c>.publishing/{hash of its manifest}/</c>; 2. one manifest is decided on, by create-if-absent; 3. everybody
/// copies the files of *that* manifest into place, then creates <c>manifest.json</c>: all write the same bytes, so order and
/// repetition do not matter; 4. the traces of 1 and 2 are deleted. A decision made after 4 finds the manifest and is void.
/// </remarks>
internal sealed class ArtifactPublication(IObjectStore store, string prefix)
{
    private readonly string manifestKey = $"{prefix}/{Artifacts.ManifestName}";
    private readonly string decisionKey = $"{prefix}/.publishing/{Artifacts.ManifestName}";

    /// <summary>Returns the manifest's SHA-256, or null when another one stands there.</summary>
    public async Task<string?> Run(
        byte[] manifest, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, CancellationToken cancellationToken)
    {
        if (await store.Find(manifestKey, cancellationToken) is null)
        {
            await PutParts(manifest, files, cancellationToken);
            var decided = await Decide(manifest, cancellationToken);
            if (decided is not null && await store.Find(manifestKey, cancellationToken) is null)
                await Complete(decided, cancellationToken);
            await CleanUp(manifest, decided ?? manifest, cancellationToken);
        }

        var standing = await store.ReadAll(manifestKey, cancellationToken);
        return standing.AsSpan().SequenceEqual(manifest) ? ArtifactManifests.Hash(manifest) : null;
    }

    private async Task PutParts(
        byte[] manifest, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, CancellationToken cancellationToken)
    {
        foreach (var (path, content) in files)
        {
            using var stream = new MemoryStream(content.ToArray(), writable: false);
            await store.Put(PartKey(manifest, path), stream, cancellationToken);
        }
    }

    /// <summary>The manifest that all writers agree on; null when they did and have cleaned up already.</summary>
    private async Task<byte[]?> Decide(byte[] manifest, CancellationToken cancellationToken)
    {
        if (await store.TryCreate(decisionKey, manifest, cancellationToken))
            return manifest;

        try
        {
            return await store.ReadAll(decisionKey, cancellationToken);
        }
        catch (ObjectNotFoundException)
        {
            return null;
        }
    }

    private async Task Complete(byte[] decided, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var file in ArtifactManifests.Parse(decisionKey, decided).Files)
                await store.Copy(PartKey(decided, file.Path), $"{prefix}/{file.Path}", cancellationToken);
        }
        catch (ObjectNotFoundException)
        {
            // Cleaned up by whoever completed it meanwhile; anything else is a loss and must be seen.
            if (await store.Find(manifestKey, cancellationToken) is null)
                throw;
            return;
        }

        await store.TryCreate(manifestKey, decided, cancellationToken);
    }

    private async Task CleanUp(byte[] manifest, byte[] decided, CancellationToken cancellationToken)
    {
        await store.Delete(decisionKey, cancellationToken);
        foreach (var parts in new[] { manifest, decided }.DistinctBy(bytes => ArtifactManifests.Hash(bytes)))
        {
            foreach (var file in ArtifactManifests.Parse(manifestKey, parts).Files)
                await store.Delete(PartKey(parts, file.Path), cancellationToken);
        }
    }

    private string PartKey(byte[] manifest, string path) => $"{prefix}/.publishing/{ArtifactManifests.Hash(manifest)[..16]}/{path}";
}
