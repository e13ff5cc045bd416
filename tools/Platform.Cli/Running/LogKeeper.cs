using System.CommandLine;
using Platform.Cli.Processes;
using Platform.Cli.State;

namespace Platform.Cli.Running;

/// <summary>
/// <c>keep-logs</c>: keeps the log files from growing without end. They are written through a descriptor that was opened
/// by the shell for appending, so a full one is copied aside and emptied in place.
/// </summary>
internal static class LogKeeper
{
    private const long MaxBytes = 32 << 20; // and as much again in the copy

    public static DaemonSpec Spec(StateFolder state) => new("keep-logs", Environment.ProcessPath!, ["keep-logs", state.Root])
    {
        WorkingDirectory = state.Root,
        Environment = new Dictionary<string, string> { ["DOTNET_gcServer"] = "0", ["DOTNET_GCHeapHardLimit"] = "0x2000000" },
    };

    public static Command Create()
    {
        var folder = new Argument<string>("folder");
        var command = new Command("keep-logs", "Bound the size of the log files.") { folder };
        command.Hidden = true;
        command.SetAction((parse, cancellationToken) => Run(new(parse.GetRequiredValue(folder)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(StateFolder state, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(30));
        try
        {
            do
            {
                foreach (var log in Directory.EnumerateFiles(state.Logs, "*.log"))
                    Trim(log, MaxBytes);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // asked to stop
        }

        return 0;
    }

    internal static void Trim(string log, long maxBytes)
    {
        if (new FileInfo(log) is not { Exists: true } file || file.Length <= maxBytes)
            return;
        File.Copy(log, log + ".1", overwrite: true);
        using var stream = new FileStream(log, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite);
    }
}
