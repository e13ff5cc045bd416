namespace Platform.Models.Tests;

/// <summary>Paths of the reference arrays beside the test assembly.</summary>
internal static class Golden
{
    internal static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "golden", name);

    internal static byte[] Bytes(string name) => File.ReadAllBytes(Path(name));
}
