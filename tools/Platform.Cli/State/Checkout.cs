namespace Platform.Cli.State;

/// <summary>Where the repository is: its folder holds the built services and, unless told otherwise, the state.</summary>
internal static class Checkout
{
    public static string Root { get; } = FindRoot();

    public static StateFolder State { get; } =
        new(Environment.GetEnvironmentVariable("PLATFORM_STATE") is { Length: > 0 } folder ? folder : Path.Combine(Root, ".platform"));

    /// <summary>A path for people: relative to where they stand when it is below.</summary>
    public static string Shown(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Platform.sln")))
                return folder;
        }

        throw new PlatformException($"{AppContext.BaseDirectory} is not inside a checkout of the platform (no Platform.sln above it).");
    }
}
