using System.Diagnostics;

namespace Platform.Cli.Processes;

/// <summary>Runs a program to its end; what it wrote is the message when it fails.</summary>
internal static class Tool
{
    public static async Task<string> Run(
        string file, IReadOnlyList<string> arguments, CancellationToken cancellationToken, string? runAs = null, string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(runAs is null ? file : "setpriv")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = workingDirectory ?? "/",
        };
        string[] prefix = runAs is null ? [] : [$"--reuid={runAs}", $"--regid={runAs}", "--clear-groups", "--", file];
        foreach (var argument in prefix.Concat(arguments))
            start.ArgumentList.Add(argument);

        using var process = Process.Start(start)!;
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
                throw new PlatformException($"{Path.GetFileName(file)} failed with exit code {process.ExitCode}: {OneLine(await errors, await output)}");
            return await output;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>The full path of a program, or null.</summary>
    public static string? Find(string name, params string[] alsoIn) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/usr/bin"]).Concat(alsoIn)
            .Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    private static string OneLine(string errors, string output)
    {
        var text = string.IsNullOrWhiteSpace(errors) ? output : errors;
        return string.Join(" | ", text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(3));
    }
}
