using System.Security.Cryptography;
using System.Text;
using Platform.Cli.State;

namespace Platform.Cli.Servers;

/// <summary>PostgreSQL refuses to run as root: which account takes its place, and where that account can reach its data.</summary>
internal static class ServerAccount
{
    public static string Find()
    {
        var accounts = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet();
        return accounts.Contains("postgres") ? "postgres" : "nobody";
    }

    /// <summary>The usual data folder, or one under /var/lib when some parent of the checkout is closed to other users.</summary>
    public static string ReachableFolder(StateFolder state, string name)
    {
        var usual = state.Data(name);
        if (Parents(usual).Where(Directory.Exists).All(OpenToOthers))
            return usual;

        var checkout = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state.Root)))[..8];
        return Path.Combine("/var/lib/acoustic-platform", checkout, name);
    }

    private static IEnumerable<string> Parents(string path)
    {
        for (var parent = Path.GetDirectoryName(path); parent is not null; parent = Path.GetDirectoryName(parent))
            yield return parent;
    }

    private static bool OpenToOthers(string folder) => File.GetUnixFileMode(folder).HasFlag(UnixFileMode.OtherExecute);
}
