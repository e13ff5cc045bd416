using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Platform.Hosting;

/// <summary>
/// The two calls of POSIX that .NET lacks: making a folder's entries durable, and naming a file only if the name is free.
/// </summary>
internal static partial class PosixFiles
{
    private const int FileExists = 17; // EEXIST
    private const int NotFound = 2; // ENOENT
    private const int ReadOnly = 0x80000; // O_RDONLY | O_CLOEXEC on Linux, any architecture

    /// <summary>Gives a complete file its final name; false when the name is taken. Atomic, also between processes.</summary>
    public static bool TryLink(string existing, string name)
    {
        if (Link(existing, name) == 0)
            return true;

        var error = Marshal.GetLastPInvokeError();
        return error switch
        {
            FileExists => false,
            NotFound => throw new FileNotFoundException($"Cannot link '{name}': there is no '{existing}'.", existing),
            _ => throw new IOException($"Cannot link '{name}': {new Win32Exception(error).Message}"),
        };
    }

    /// <summary>A rename or link is on disk only when its folder is.</summary>
    public static void SyncFolder(string path)
    {
        var descriptor = Open(path, ReadOnly);
        if (descriptor < 0)
            throw new IOException($"Cannot open folder '{path}': {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

        var result = Sync(descriptor);
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0)
            throw new IOException($"Cannot sync folder '{path}': {new Win32Exception(error).Message}");
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
