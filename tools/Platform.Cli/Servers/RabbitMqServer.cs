using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Platform.Cli.Processes;
using Platform.Cli.State;

namespace Platform.Cli.Servers;

/// <summary>A private RabbitMQ node with the management UI, and the Erlang port mapper that it needs, both on loopback.</summary>
internal sealed class RabbitMqServer : IServer
{
    private readonly string folder;
    private readonly PortBlock ports;
    private readonly string password;
    private readonly Daemon portMapper;
    private readonly Daemon node;

    public RabbitMqServer(StateFolder state, PortBlock ports, Secrets secrets)
    {
        this.ports = ports;
        password = secrets.RabbitMq;
        folder = state.Data("rabbitmq");
        portMapper = state.Daemon(new("epmd", Required("epmd"), ["-address", "127.0.0.1", "-port", Text(ports.ErlangPortMapper)])
        {
            WorkingDirectory = folder,
        });
        node = state.Daemon(new("rabbitmq", Required("rabbitmq-server", "/usr/lib/rabbitmq/bin"), [])
        {
            WorkingDirectory = folder,
            Environment = NodeEnvironment(),
            StopGrace = TimeSpan.FromSeconds(40), // a clean stop takes six seconds on an idle machine
        });
    }

    public string Name => "rabbitmq";

    public bool IsAlive => FindAlive() is not null;

    public const string User = "platform";

    public Uri Amqp => new($"amqp://{User}:{password}@127.0.0.1:{ports.RabbitMq}");

    public Uri Management => new($"http://127.0.0.1:{ports.RabbitMqManagement}");

    public ProcessIdentity? FindAlive() => node.FindAlive();

    public async Task<bool> Start(bool diesWithUs, CancellationToken cancellationToken)
    {
        if (portMapper.FindAlive() is null)
        {
            portMapper.Start(diesWithUs);
            await portMapper.WaitUntil(token => Probe.Connects(ports.ErlangPortMapper, token), TimeSpan.FromSeconds(20), cancellationToken);
        }

        if (node.FindAlive() is not null)
            return false;
        Configure();
        node.Start(diesWithUs);
        await node.WaitUntil(Answers, TimeSpan.FromMinutes(2), cancellationToken);
        return true;
    }

    public async Task<bool> Stop()
    {
        var stopped = await node.Stop();
        await portMapper.Stop();
        return stopped;
    }

    /// <summary>Calls the management API, as <c>GET /api/queues</c>.</summary>
    public HttpClient CreateManagementClient()
    {
        var client = new HttpClient { BaseAddress = Management, Timeout = TimeSpan.FromSeconds(10) };
        var login = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{User}:{password}"));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", login);
        return client;
    }

    private Dictionary<string, string> NodeEnvironment() => new()
    {
        ["HOME"] = Path.Combine(folder, "home"), // .erlang.cookie goes here
        ["RABBITMQ_MNESIA_BASE"] = Path.Combine(folder, "mnesia"),
        ["RABBITMQ_LOG_BASE"] = Path.Combine(folder, "log"),
        // The data belongs to the node's name, so it must not contain a port: the ports may move.
        ["RABBITMQ_NODENAME"] = "platform@localhost",
        ["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_NODE_PORT"] = Text(ports.RabbitMq),
        ["RABBITMQ_DIST_PORT"] = Text(ports.ErlangDistribution),
        ["ERL_EPMD_PORT"] = Text(ports.ErlangPortMapper),
        ["ERL_EPMD_ADDRESS"] = "127.0.0.1",
        ["RABBITMQ_CONFIG_FILE"] = ConfigFile,
        ["RABBITMQ_ENABLED_PLUGINS_FILE"] = PluginsFile,
        ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(folder, "none"), // not the system's /etc/rabbitmq/rabbitmq-env.conf
        ["RABBITMQ_PID_FILE"] = Path.Combine(folder, "rabbitmq.pid"),
        // Schedulers that spin while waiting would take the cores from training.
        ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] =
            "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
        ["ERL_CRASH_DUMP_SECONDS"] = "0",
        ["RUNNING_UNDER_SYSTEMD"] = "true", // the script then becomes the node: one pid, and SIGTERM is a clean stop
    };

    private string ConfigFile => Path.Combine(folder, "rabbitmq.conf");

    private string PluginsFile => Path.Combine(folder, "enabled_plugins");

    private void Configure()
    {
        Directory.CreateDirectory(Path.Combine(folder, "home"));
        File.WriteAllText(PluginsFile, "[rabbitmq_management,rabbitmq_prometheus].\n");
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using var writer = new StreamWriter(ConfigFile, Encoding.ASCII, options);
        writer.Write($"""
            default_user = {User}
            default_pass = {password}
            management.tcp.ip = 127.0.0.1
            management.tcp.port = {ports.RabbitMqManagement}
            prometheus.tcp.ip = 127.0.0.1
            prometheus.tcp.port = {ports.RabbitMqPrometheus}
            consumer_timeout = 3600000
            vm_memory_high_watermark.absolute = 1GB
            disk_free_limit.absolute = 50MB
            log.console = false
            log.file.level = info
            log.file.rotation.size = 10485760
            log.file.rotation.count = 2

            """);
    }

    /// <summary>Ready means that both doors are open: the broker greets an AMQP client, and the management API lets us in.</summary>
    private async Task<bool> Answers(CancellationToken cancellationToken)
    {
        if (!await GreetsAmqp(cancellationToken))
            return false;
        try
        {
            using var client = CreateManagementClient();
            using var response = await client.GetAsync(new Uri("/api/overview", UriKind.Relative), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // the plug-in starts after the broker
        }
    }

    private async Task<bool> GreetsAmqp(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", ports.RabbitMq, cancellationToken);
            await client.GetStream().WriteAsync("AMQP\0\0\u0009\u0001"u8.ToArray(), cancellationToken);
            var answer = new byte[1];
            const byte methodFrame = 1; // Connection.Start
            return await client.GetStream().ReadAsync(answer, cancellationToken) == 1 && answer[0] == methodFrame;
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    /// <param name="before">Looked at first: the wrapper in /usr/sbin changes to the system's user.</param>
    private static string Required(string name, string? before = null) =>
        (before is not null && File.Exists(Path.Combine(before, name)) ? Path.Combine(before, name) : Tool.Find(name))
        ?? throw new PlatformException($"{name} is not installed (Debian: apt-get install rabbitmq-server).");
}
