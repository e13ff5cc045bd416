using System.Diagnostics;
using Platform.Testing;

namespace Platform.Cli.Tests;

/// <summary>Runs the built program as a person does.</summary>
internal static class CommandLine
{
    public static async Task<(int ExitCode, string Output, string Errors)> Run(string stateFolder, params string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.ArgumentList.Add(Path.Combine(ServiceProcess.RepositoryRoot, "artifacts", "bin", "Platform.Cli", configuration, "platform-cli.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["PLATFORM_STATE"] = stateFolder;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }
}
