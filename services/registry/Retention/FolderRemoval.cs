using Platform.Hosting;

namespace Platform.Registry.Retention;

/// <summary>Deletes objects so that nobody takes the rest for a whole: a package without its manifest is no package.</summary>
internal sealed class FolderRemoval(IObjectStore objects)
{
    /// <summary>Objects and bytes that were there. Repeating it after a crash deletes what is left.</summary>
    public Task<(int Objects, long Bytes)> Remove(string folder, CancellationToken cancellationToken) =>
        Remove(folder, _ => true, cancellationToken);

    /// <param name="chosen">By path relative to the folder.</param>
    public async Task<(int Objects, long Bytes)> Remove(string folder, Func<string, bool> chosen, CancellationToken cancellationToken)
    {
        var found = new List<ObjectInfo>();
        await foreach (var item in objects.List(folder + "/", cancellationToken))
        {
            if (chosen(item.Key[(folder.Length + 1)..]))
                found.Add(item);
        }

        // Every manifest first: those of checkpoints lie deeper than that of a package.
        foreach (var item in found.OrderByDescending(IsManifest))
            await objects.Delete(item.Key, cancellationToken);
        return (found.Count, found.Sum(item => item.Size));
    }

    private static bool IsManifest(ObjectInfo item) => item.Key.EndsWith("/" + Artifacts.ManifestName, StringComparison.Ordinal);
}
