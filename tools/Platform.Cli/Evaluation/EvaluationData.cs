using Platform.Cli.Recordings;

namespace Platform.Cli.Evaluation;

/// <summary>Recordings that a model has not heard, in a folder of their own.</summary>
/// <param name="Name">Of the folder, such as <c>normal_plus_noise</c>.</param>
/// <param name="Faulty">Null for a folder that is neither <c>normal</c> nor <c>anomaly…</c>: its alarms are only counted.</param>
internal sealed record TestSet(string Name, bool? Faulty, IReadOnlyList<string> Files);

/// <summary>The recordings of one device: <c>train/normal</c>, what stands under <c>test/</c>, and <c>timeline/</c> in the order of its names.</summary>
/// <param name="Name">Its folder below the one given.</param>
/// <param name="Code">What the platform calls it: codes have fewer letters than folders.</param>
internal sealed record EvaluationDevice(string Name, string Code, IReadOnlyList<string> Training, IReadOnlyList<TestSet> Tests, IReadOnlyList<string> Timeline)
{
    public IEnumerable<string> All => [.. Training, .. Tests.SelectMany(set => set.Files), .. Timeline];
}

/// <summary>Finds devices below a folder: wherever a <c>train/normal</c> stands, up to two folders deep, or right in it.</summary>
internal static class EvaluationData
{
    private const int Deepest = 2;
    private const int LongestCode = 64;

    public static IReadOnlyList<EvaluationDevice> Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw new PlatformException($"{folder} is not a folder.");
        var codes = new HashSet<string>(StringComparer.Ordinal);
        var devices = Folders(Path.GetFullPath(folder), Deepest)
            .Where(found => Directory.Exists(Path.Combine(found, "train", "normal")))
            .Select(found => ReadDevice(folder, found, codes))
            .ToList();
        if (devices.Count == 0)
            throw new PlatformException($"{folder} has no {{device}}/train/normal.");
        if (devices.FirstOrDefault(device => device.Training.Count == 0) is { } empty)
            throw new PlatformException($"{Path.Combine(folder, empty.Name, "train", "normal")} has no recordings ({AudioFiles.Extensions}).");
        if (devices.FirstOrDefault(device => device.Tests.Count == 0 && device.Timeline.Count == 0) is { } untested)
            throw new PlatformException($"{Path.Combine(folder, untested.Name)} has neither test/ nor timeline/ with recordings: there is nothing to evaluate.");
        return devices;
    }

    private static IEnumerable<string> Folders(string folder, int depth) =>
        depth == 0 ? [folder] : [folder, .. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).SelectMany(below => Folders(below, depth - 1))];

    private static EvaluationDevice ReadDevice(string root, string folder, HashSet<string> codes)
    {
        var relative = Path.GetRelativePath(root, folder);
        var name = relative == "." ? Path.GetFileName(Path.GetFullPath(folder)) : relative;
        var test = Path.Combine(folder, "test");
        var sets = Directory.Exists(test)
            ? Directory.EnumerateDirectories(test).Order(StringComparer.Ordinal)
                .Select(set => new TestSet(Path.GetFileName(set), Faulty(Path.GetFileName(set)), [.. AudioFiles.Below(set)]))
                .Where(set => set.Files.Count > 0)
            : [];
        return new(
            name.Replace(Path.DirectorySeparatorChar, '/'), Code(name, codes), [.. AudioFiles.Below(Path.Combine(folder, "train", "normal"))], [.. sets],
            [.. AudioFiles.Below(Path.Combine(folder, "timeline"))]);
    }

    private static bool? Faulty(string set) =>
        set.Equals("normal", StringComparison.OrdinalIgnoreCase) ? false : set.StartsWith("anomal", StringComparison.OrdinalIgnoreCase) ? true : null;

    /// <summary>As the folder, with a hyphen for what a code cannot have, and a number where two become alike.</summary>
    private static string Code(string name, HashSet<string> taken)
    {
        var allowed = new string([.. name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' ? letter : '-')]).TrimStart('.', '-');
        var stem = allowed.Length == 0 ? "device" : allowed[..Math.Min(allowed.Length, LongestCode - 4)];
        var code = stem;
        for (var number = 2; !taken.Add(code); number++)
            code = $"{stem}-{number}";
        return code;
    }
}
