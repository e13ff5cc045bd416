using System.Diagnostics;

namespace Platform.Models.Tests;

/// <summary>Runs a script with the machine's Python and its torch; skips where there is none, except in CI.</summary>
internal static class PythonTorch
{
    private const string Python = "/usr/bin/python3"; // Debian's, which python3-torch installs for

    private static readonly Lazy<bool> Installed = new(() =>
        File.Exists(Python) && Start(["-c", "import numpy, torch"]).ExitCode == 0);

    /// <summary>What the script printed; anything but exit code 0 fails the test with its error output.</summary>
    internal static string Run(string script, params string[] arguments)
    {
        if (!Installed.Value)
        {
            var required = Environment.GetEnvironmentVariable("CI") == "true"
                || Environment.GetEnvironmentVariable("PLATFORM_TEST_REQUIRE_SERVERS") == "true";
            Assert.False(required, $"{Python} with torch and numpy is required here: apt-get install python3-torch.");
            Assert.Skip($"No {Python} with torch and numpy.");
        }

        var (exitCode, output, error) = Start([Path.Combine(AppContext.BaseDirectory, script), .. arguments]);
        Assert.True(exitCode == 0, $"{script} ended with {exitCode}: {error}");
        return output;
    }

    private static (int ExitCode, string Output, string Error) Start(IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
