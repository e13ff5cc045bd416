using System.Diagnostics;
using Platform.Cli.Processes;

namespace Platform.Cli.Tests;

public sealed class PidFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("platform-cli-").FullName;

    private string FilePath => Path.Combine(folder, "pids", "some.json");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_running_process_is_found_again()
    {
        var file = new PidFile(FilePath);
        var own = ProcessIdentity.Of(Environment.ProcessId);
        Assert.NotNull(own);

        file.Write(own);

        Assert.Equal(own, file.FindAlive());
    }

    [Fact]
    public void Another_process_with_the_same_pid_is_not_taken_for_ours()
    {
        var file = new PidFile(FilePath);
        var own = ProcessIdentity.Of(Environment.ProcessId)!;

        file.Write(own with { StartTicks = own.StartTicks - 1 });
        Assert.Null(file.FindAlive());

        file.Write(own with { BootId = "another boot" });
        Assert.Null(file.FindAlive());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"Pid\":")]
    [InlineData("null")]
    public void A_file_that_a_crash_cut_off_names_nobody(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        File.WriteAllText(FilePath, content);

        Assert.Null(new PidFile(FilePath).FindAlive());
    }

    [Fact]
    public void A_zombie_counts_as_dead()
    {
        // The child ends after its parent became sleep, which never asks for exit codes.
        using var parent = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "sleep 0.3 & echo $!; exec sleep 60"]) { RedirectStandardOutput = true })!;
        try
        {
            var child = int.Parse(parent.StandardOutput.ReadLine()!, provider: null);
            Assert.True(SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{child}/stat").Contains(") Z "), TimeSpan.FromSeconds(10)));

            Assert.Null(ProcessIdentity.Of(child));
        }
        finally
        {
            parent.Kill();
        }
    }

    [Fact]
    public async Task A_daemon_is_started_once_found_by_its_file_and_stopped()
    {
        var daemon = new Daemon(new("sleeper", "/bin/sleep", ["60"]) { WorkingDirectory = folder }, Path.Combine(folder, "logs", "sleeper.log"), new(FilePath));

        Assert.True(daemon.StartUnlessAlive(diesWithUs: true));
        Assert.False(daemon.StartUnlessAlive(diesWithUs: true));
        var process = daemon.FindAlive();
        Assert.NotNull(process);

        Assert.True(await daemon.Stop());
        Assert.False(process.IsAlive);
        Assert.False(await daemon.Stop());
    }

    [Fact]
    public async Task A_daemon_that_ends_while_it_starts_is_reported_with_its_last_words()
    {
        var daemon = new Daemon(
            new("broken", "/bin/sh", ["-c", "echo port taken >&2; exit 3"]) { WorkingDirectory = folder }, Path.Combine(folder, "broken.log"), new(FilePath));
        daemon.Start(diesWithUs: true);

        var error = await Assert.ThrowsAsync<PlatformException>(
            () => daemon.WaitUntil(_ => Task.FromResult(false), TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));

        Assert.Contains("port taken", error.Message);
    }

    [Fact]
    public async Task A_daemon_that_ignores_the_signal_is_killed_after_its_grace()
    {
        var daemon = new Daemon(
            new("stubborn", "/bin/sh", ["-c", "trap '' TERM; echo on; while :; do sleep 1; done"]) { WorkingDirectory = folder, StopGrace = TimeSpan.FromMilliseconds(300) },
            Path.Combine(folder, "stubborn.log"), new(FilePath));
        daemon.Start(diesWithUs: true);
        await daemon.WaitUntil(_ => Task.FromResult(File.Exists(daemon.LogFile) && File.ReadAllText(daemon.LogFile).Contains("on")), TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        var process = daemon.FindAlive()!;

        await daemon.Stop();

        Assert.False(process.IsAlive);
    }
}
