using Platform.Cli.Processes;
using Platform.Cli.State;

namespace Platform.Cli.Servers;

/// <summary>
/// An S3 server for the tests: Ceph's radosgw over one monitor and one in-memory object store. It starts empty each time.
/// </summary>
internal sealed class RadosGateway : IServer
{
    private readonly string folder;
    private readonly PortBlock ports;
    private readonly Secrets secrets;
    private readonly Daemon monitor;
    private readonly Daemon store;
    private readonly Daemon gateway;

    public RadosGateway(StateFolder state, PortBlock ports, Secrets secrets)
    {
        this.ports = ports;
        this.secrets = secrets;
        folder = state.Data("ceph");
        monitor = Part("ceph-mon", "-i", "a");
        store = Part("ceph-osd", "-i", "0");
        gateway = Part("radosgw", "-n", "client.rgw");

        Daemon Part(string program, params string[] arguments) =>
            state.Daemon(new(program, Required(program), [.. Configured, .. arguments, "-f"])
            {
                WorkingDirectory = folder,
                StopGrace = TimeSpan.FromSeconds(5), // nothing in memory is worth waiting for
            });
    }

    public string Name => "radosgw";

    public bool IsAlive => gateway.FindAlive() is not null;

    public Uri Url => new($"http://127.0.0.1:{ports.S3}");

    public async Task<bool> Start(bool diesWithUs, CancellationToken cancellationToken)
    {
        if (gateway.FindAlive() is not null)
            return false;
        await Stop(); // a part that survived the others holds keys of a cluster that is gone

        var storeId = Guid.NewGuid();
        await Prepare(Guid.NewGuid(), cancellationToken);
        monitor.Start(diesWithUs);
        await monitor.WaitUntil(async token => await Ceph(["osd", "stat"], token) is not null, TimeSpan.FromMinutes(1), cancellationToken);

        if (await Ceph(["osd", "new", storeId.ToString(), "0"], cancellationToken) is null)
            throw new PlatformException($"The Ceph monitor refused a new object store (log: {monitor.LogFile}).");
        await Tool.Run(Required("ceph-osd"), [.. Configured, "-i", "0", "--mkfs", "--osd-uuid", storeId.ToString()], cancellationToken);
        store.Start(diesWithUs);
        await store.WaitUntil(
            async token => (await Ceph(["osd", "stat"], token))?.Contains("1 up", StringComparison.Ordinal) == true,
            TimeSpan.FromMinutes(1), cancellationToken);

        gateway.Start(diesWithUs);
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await gateway.WaitUntil(token => Probe.Answers(client, Url, successOnly: false, token), TimeSpan.FromMinutes(2), cancellationToken);
        await Tool.Run(Required("radosgw-admin"),
        [
            .. Configured, "-n", "client.rgw", "user", "create", "--uid=platform", "--display-name=platform",
            $"--access-key={secrets.S3AccessKey}", $"--secret-key={secrets.S3SecretKey}", "--log-file=/dev/null",
        ], cancellationToken);
        return true;
    }

    public async Task<bool> Stop()
    {
        var stopped = await gateway.Stop();
        await store.Stop();
        await monitor.Stop();
        return stopped;
    }

    private string[] Configured => ["-c", Path.Combine(folder, "ceph.conf")];

    private async Task Prepare(Guid cluster, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        foreach (var part in (string[])["mon", "osd", "rgw", "run", "log"])
            Directory.CreateDirectory(Path.Combine(folder, part));
        await File.WriteAllTextAsync(Path.Combine(folder, "ceph.conf"), CephConfiguration.Write(folder, ports, cluster), cancellationToken);

        var keyring = Path.Combine(folder, "keyring");
        await Tool.Run("ceph-authtool", ["--create-keyring", keyring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *"], cancellationToken);
        foreach (var client in (string[])["client.admin", "client.rgw", "osd.0"])
            await Tool.Run("ceph-authtool",
                [keyring, "--gen-key", "-n", client, "--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"],
                cancellationToken);

        var map = Path.Combine(folder, "monmap");
        await Tool.Run("monmaptool",
            ["--create", "--fsid", cluster.ToString(), "--addv", "a", $"[v2:127.0.0.1:{ports.CephMonitor}]", map], cancellationToken);
        await Tool.Run(Required("ceph-mon"), [.. Configured, "-i", "a", "--mkfs", "--monmap", map, "--keyring", keyring], cancellationToken);
    }

    /// <summary>The answer of the <c>ceph</c> tool, or null while the cluster does not give one.</summary>
    private async Task<string?> Ceph(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await Tool.Run(Required("ceph"), [.. Configured, "--connect-timeout", "5", .. arguments], cancellationToken);
        }
        catch (PlatformException)
        {
            return null;
        }
    }

    private static string Required(string name) =>
        Tool.Find(name) ?? throw new PlatformException($"{name} is not installed (Debian: apt-get install ceph-mon ceph-osd radosgw).");
}
