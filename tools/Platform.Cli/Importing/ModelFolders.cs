namespace Platform.Cli.Importing;

/// <summary>A folder with the files of one version.</summary>
/// <param name="ModelId">From the tree above it; null when it lies in none.</param>
/// <param name="Version">From its name <c>vN</c>; null when it has another one.</param>
internal sealed record ModelFolder(string Path, string? ModelId, int? Version);

/// <summary>A folder of models as it was found.</summary>
/// <param name="Listed">By model id: what <c>versions.json</c> says.</param>
/// <param name="Missing">Versions that a <c>versions.json</c> names and that are not there.</param>
internal sealed record ModelFolders(
    IReadOnlyList<ModelFolder> Folders, IReadOnlyDictionary<string, VersionsFile> Listed, IReadOnlyList<string> Missing)
{
    private static readonly string[] Weights = ["ae_model.pth", "model.pth"];

    /// <summary>
    /// One folder with weights, a tree <c>{mode}/{scope}/…/{type}/vN/</c> from anywhere above or inside it, or folders of single devices beside each other.
    /// </summary>
    public static ModelFolders Below(string root)
    {
        if (!Directory.Exists(root))
            throw new PlatformException($"{root} is not a folder.");
        root = System.IO.Path.GetFullPath(root);
        var folders = new[] { root }.Concat(Directory.EnumerateDirectories(root, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }))
            .Where(folder => Weights.Any(name => File.Exists(System.IO.Path.Combine(folder, name))))
            .Select(Read)
            .OrderBy(folder => folder.ModelId, StringComparer.Ordinal).ThenBy(folder => folder.Version).ThenBy(folder => folder.Path, StringComparer.Ordinal)
            .ToList();
        if (folders.Count == 0)
            throw new PlatformException($"There is no model below {root}: no folder holds {string.Join(" or ", Weights)}.");

        var listed = folders.Where(folder => folder is { ModelId: not null, Version: not null })
            .GroupBy(folder => folder.ModelId!, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => VersionsFile.In(System.IO.Path.GetDirectoryName(group.First().Path)!), StringComparer.Ordinal);
        var missing = listed.SelectMany(model => model.Value.Versions
            .Where(version => !folders.Any(folder => folder.ModelId == model.Key && folder.Version == version))
            .Select(version => $"{model.Key} v{version}"));
        return new(folders, listed, [.. missing]);
    }

    private static ModelFolder Read(string path)
    {
        var segments = path.Split(System.IO.Path.DirectorySeparatorChar);
        var version = segments[^1].StartsWith('v') ? VersionsFile.Parse(segments[^1]) : null;
        if (version is null)
            return new(path, null, null);

        // {mode}/{scope}[/{more scope}][/{aggregation}]/{type}/vN: the nearest mode with as many segments behind it as its ids have.
        var mode = Enumerable.Range(0, segments.Length).LastOrDefault(index => LengthsOf(segments, index).Contains(segments.Length - 1 - index), -1);
        return new(path, mode < 0 ? null : string.Join('/', segments[mode..^1]), version);
    }

    // A site or a device may be called as a mode; the scope behind a mode has its form.
    private static int[] LengthsOf(string[] segments, int index)
    {
        var scope = index + 1 < segments.Length ? segments[index + 1] : "";
        var whole = scope.EndsWith("_all", StringComparison.Ordinal);
        return segments[index] switch
        {
            "device" when whole => [3],
            "machine_type" or "site" when whole || scope.Contains("_specific_", StringComparison.Ordinal) => [4],
            "global" when scope is "selected_sites" or "selected_devices" => [5],
            "global" when scope is "all" => [4],
            _ => [],
        };
    }
}
