using System.Net;
using System.Net.Sockets;
using Platform.Cli.Running;
using Platform.Cli.State;

namespace Platform.Cli.Tests;

public sealed class StateFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("platform-cli-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private StateFolder Folder(string name) => new(Path.Combine(folder, name));

    [Fact]
    public void Two_folders_that_start_at_once_get_different_ports_and_keep_them()
    {
        var (first, firstClaim) = PortBlock.Choose(Folder("a"));
        using (firstClaim)
        {
            var (second, secondClaim) = PortBlock.Choose(Folder("b"));
            using (secondClaim)
                Assert.NotEqual(first.Base, second.Base);
        }

        var (again, claim) = PortBlock.Choose(Folder("a"));
        using (claim)
            Assert.Equal(first, again);
    }

    [Fact]
    public void Ports_that_something_else_took_meanwhile_are_given_up()
    {
        var (first, firstClaim) = PortBlock.Choose(Folder("a"));
        firstClaim.Dispose();
        using var stranger = new TcpListener(IPAddress.Loopback, first.RabbitMq);
        stranger.Start();

        var (moved, claim) = PortBlock.Choose(Folder("a"));
        using (claim)
            Assert.NotEqual(first, moved);
        Assert.Equal(moved, PortBlock.Load(Folder("a")));
    }

    [Fact]
    public void A_wanted_base_that_is_taken_is_an_error_that_names_it()
    {
        var (block, claim) = PortBlock.Choose(Folder("a"));
        using (claim)
        {
            var error = Assert.Throws<PlatformException>(() => PortBlock.Choose(Folder("b"), block.Base));
            Assert.Contains($"{block.Base}", error.Message);
        }
    }

    [Fact]
    public void Passwords_are_made_once_and_are_for_the_owner_only()
    {
        var made = Secrets.LoadOrCreate(Folder("a"));

        Assert.Equal(made, Secrets.LoadOrCreate(Folder("a")));
        Assert.NotEqual(made.Postgres, Secrets.LoadOrCreate(Folder("b")).Postgres);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "a", "secrets.json")));
    }

    [Fact]
    public async Task A_second_start_waits_for_the_first()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var first = await Folder("a").Lock(cancellationToken);
        var second = Folder("a").Lock(cancellationToken);
        Assert.NotSame(second, await Task.WhenAny(second, Task.Delay(TimeSpan.FromMilliseconds(300), cancellationToken)));

        first.Dispose();

        (await second.WaitAsync(TimeSpan.FromSeconds(10), cancellationToken)).Dispose();
    }

    [Fact]
    public void A_log_that_grew_too_long_is_put_aside_while_its_writer_goes_on()
    {
        var log = Path.Combine(folder, "service.log");
        using var writer = new StreamWriter(new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        writer.Write(new string('x', 5_000));

        LogKeeper.Trim(log, maxBytes: 4_000);

        Assert.Equal(5_000, new FileInfo(log + ".1").Length);
        Assert.Equal(0, new FileInfo(log).Length);
    }
}
