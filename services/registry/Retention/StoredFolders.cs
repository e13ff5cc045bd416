using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Platform.Hosting;

namespace Platform.Registry.Retention;

/// <summary>Objects of one package or one run, as a listing shows them.</summary>
/// <param name="ModelId">Null for what is no version's folder.</param>
/// <param name="HasManifest">Without it a package does not count as being there.</param>
internal sealed record StoredFolder(string Prefix, string? ModelId, int Version)
{
    public int Objects { get; private set; }

    public long Bytes { get; private set; }

    public DateTimeOffset NewestAt { get; private set; }

    public bool HasManifest { get; private set; }

    /// <summary>Of a run: what only an active run needs.</summary>
    public (int Objects, long Bytes) Working { get; private set; }

    /// <summary>Of a run: weights that stand in its version's package as well.</summary>
    public (int Objects, long Bytes) Weights { get; private set; }

    public void Add(ObjectInfo found)
    {
        Objects++;
        Bytes += found.Size;
        if (found.ModifiedAt > NewestAt)
            NewestAt = found.ModifiedAt;
        var path = found.Key.AsSpan(Math.Min(Prefix.Length + 1, found.Key.Length));
        HasManifest |= path.SequenceEqual(Artifacts.ManifestName);
        if (RunTrim.IsWorking(path))
            Working = (Working.Objects + 1, Working.Bytes + found.Size);
        else if (RunTrim.IsWeights(path))
            Weights = (Weights.Objects + 1, Weights.Bytes + found.Size);
    }
}

/// <summary>Reads a store folder by folder: one listing in pages, and of each folder only its sums in memory.</summary>
internal static partial class StoredFolders
{
    public static IAsyncEnumerable<StoredFolder> Packages(IObjectStore objects, CancellationToken cancellationToken) =>
        Grouped(objects, "models/", PackageOf, cancellationToken);

    public static IAsyncEnumerable<StoredFolder> Runs(IObjectStore objects, CancellationToken cancellationToken) =>
        Grouped(objects, "runs/", RunOf, cancellationToken);

    /// <summary><c>models/{model id}/v{N}</c>; a key that has no such folder above it stands for itself.</summary>
    internal static StoredFolder PackageOf(string key)
    {
        // The last one: a device may be called v1, but nothing inside a package is.
        var match = VersionFolder().Match(key);
        return match.Success && int.TryParse(match.Groups["version"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? new(match.Groups["prefix"].Value, match.Groups["model"].Value, version)
            : new(key, null, 0);
    }

    private static StoredFolder RunOf(string key)
    {
        var end = key.IndexOf('/', "runs/".Length);
        return new(end < 0 ? key : key[..end], null, 0);
    }

    // Sorted by key, the objects of a folder follow one another.
    private static async IAsyncEnumerable<StoredFolder> Grouped(
        IObjectStore objects, string root, Func<string, StoredFolder> folderOf, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StoredFolder? folder = null;
        await foreach (var found in objects.List(root, cancellationToken))
        {
            if (folder is null || !found.Key.StartsWith(folder.Prefix + "/", StringComparison.Ordinal))
            {
                if (folder is not null)
                    yield return folder;
                folder = folderOf(found.Key);
            }

            folder.Add(found);
        }

        if (folder is not null)
            yield return folder;
    }

    [GeneratedRegex(@"^(?<prefix>models/(?<model>.+)/v(?<version>[1-9][0-9]{0,9}))/", RegexOptions.CultureInvariant)]
    private static partial Regex VersionFolder();
}
