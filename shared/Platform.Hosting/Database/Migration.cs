using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Platform.Hosting;

/// <summary>
/// The <c>NNNN_what.sql</c> files of one assembly by resource name; <paramref name="Component"/> keeps two sources in one
/// schema apart.
/// </summary>
internal sealed record MigrationSource(string Component, IReadOnlyDictionary<string, string> Files)
{
    public static MigrationSource EmbeddedIn(Assembly assembly, string component) => new(
        component,
        assembly.GetManifestResourceNames()
            .Where(name => name.Contains(".Migrations.", StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .ToDictionary(name => name, name => ReadText(assembly, name)));

    /// <summary>The migrations in the order in which they are applied.</summary>
    public IReadOnlyList<Migration> Read()
    {
        var migrations = Files
            .Select(file => Migration.Parse(Component, file.Key, file.Value))
            .OrderBy(migration => migration.Number)
            .ToList();

        var twice = migrations.GroupBy(migration => migration.Number).FirstOrDefault(group => group.Count() > 1);
        return twice is null
            ? migrations
            : throw new StartupException(
                $"{Component} has two migrations with the number {twice.Key:0000}: {string.Join(", ", twice.Select(m => m.Name))}.");
    }

    private static string ReadText(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}

/// <summary>One forward-only step of a schema.</summary>
internal sealed partial record Migration(string Component, int Number, string Name, string Sql)
{
    /// <summary>Line ends do not count: a checkout may change them.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(Sql.Replace("\r\n", "\n", StringComparison.Ordinal))));

    public static Migration Parse(string component, string resource, string sql)
    {
        var match = FileName().Match(resource);
        return match.Success
            ? new Migration(component, int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture), match.Groups[1].Value, sql)
            : throw new StartupException($"Migration '{resource}' of {component} is not named NNNN_what.sql.");
    }

    [GeneratedRegex(@"(?:^|\.)((\d{4})_[a-z0-9_]+\.sql)$")]
    private static partial Regex FileName();
}
