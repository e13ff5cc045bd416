using System.Globalization;
using System.Runtime.InteropServices;

namespace Platform.Cli.Exporting;

/// <summary>
/// Puts a complete folder in the place of another one in a single step, so that whoever opens the path sees the old one or the new one, whole. A
/// process that has files of the old one open goes on reading them.
/// </summary>
internal static partial class FolderSwitch
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint Exchange = 2; // RENAME_EXCHANGE

    /// <summary>A hidden folder beside the target, on the same file system; those of processes that died are removed.</summary>
    public static string Stage(string target)
    {
        var (parent, name) = (Path.GetDirectoryName(target)!, Path.GetFileName(target));
        Directory.CreateDirectory(parent);
        foreach (var left in Directory.EnumerateDirectories(parent, $".{name}.partial-*"))
        {
            if (!IsOfLiving(left))
                Directory.Delete(left, recursive: true);
        }

        var staged = Path.Combine(parent, string.Create(CultureInfo.InvariantCulture, $".{name}.partial-{Environment.ProcessId}-{Guid.NewGuid():N}"));
        Directory.CreateDirectory(staged);
        return staged;
    }

    public static void Discard(string staged)
    {
        if (Directory.Exists(staged))
            Directory.Delete(staged, recursive: true);
    }

    /// <summary>What keeps a folder from being replaced; null when it may.</summary>
    public static string? Obstacle(string target) =>
        File.Exists(target) ? $"{target} is a file."
        : Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any() && !File.Exists(Path.Combine(target, PackageDownload.PythonWeights))
            ? $"{target} is not empty and no exported model; nothing in it was touched."
            : null;

    /// <summary>Gives the staged folder the target's name.</summary>
    public static void Place(string staged, string target)
    {
        // rename(2) takes the place of nothing and of an empty folder; another one has to change places.
        if (RenameTo(staged, target) == 0)
            return;
        if (RenameAt(CurrentFolder, staged, CurrentFolder, target, Exchange) != 0)
            throw new PlatformException($"{target} cannot be replaced in one step on this file system ({Marshal.GetLastPInvokeErrorMessage()}); remove it and export again.");
        Directory.Delete(staged, recursive: true); // what stood there before
    }

    /// <summary>Points a link at another folder in one step.</summary>
    /// <param name="destination">Relative to the folder of the link.</param>
    public static void Point(string link, string destination)
    {
        var info = new FileInfo(link);
        if (info.LinkTarget is null && (info.Exists || Directory.Exists(link)))
            throw new PlatformException($"{link} is there and no link of an export; nothing in it was touched.");

        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        var staged = string.Create(CultureInfo.InvariantCulture, $"{link}.next-{Environment.ProcessId}");
        File.Delete(staged);
        File.CreateSymbolicLink(staged, destination);
        if (RenameTo(staged, link) != 0)
            throw new PlatformException($"{link} cannot be switched: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private static bool IsOfLiving(string staged)
    {
        var id = staged[(staged.LastIndexOf(".partial-", StringComparison.Ordinal) + ".partial-".Length)..].Split('-')[0];
        return Directory.Exists($"/proc/{id}");
    }

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameTo(string from, string to);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(int fromFolder, string from, int toFolder, string to, uint flags);
}
