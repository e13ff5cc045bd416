using System.Text.Json;

namespace Platform.Cli.Processes;

/// <summary>The identities of our child processes, one small file each, so that another invocation can find and stop them.</summary>
internal sealed class PidFile(string path)
{
    /// <summary>The process that the file names, if that very process still lives.</summary>
    public ProcessIdentity? FindAlive()
    {
        if (!File.Exists(path))
            return null;
        try
        {
            var identity = JsonSerializer.Deserialize<ProcessIdentity>(File.ReadAllText(path));
            return identity is { IsAlive: true } ? identity : null;
        }
        catch (JsonException)
        {
            return null; // cut off by a crash while it was written: says nothing about any process
        }
    }

    public void Write(ProcessIdentity identity)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = path + ".tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(identity));
        File.Move(temporary, path, overwrite: true);
    }

    public void Delete() => File.Delete(path);
}
