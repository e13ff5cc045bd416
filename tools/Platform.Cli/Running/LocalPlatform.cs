using System.Collections.Concurrent;
using System.Diagnostics;
using Platform.Cli.Output;
using Platform.Cli.Processes;
using Platform.Cli.Servers;
using Platform.Cli.State;

namespace Platform.Cli.Running;

/// <summary>The whole platform on this machine: two servers and the services, as child processes that outlive this command.</summary>
internal sealed class LocalPlatform
{
    private readonly StateFolder state;
    private readonly Secrets secrets;
    private readonly Daemon logKeeper;

    public LocalPlatform(StateFolder state, PortBlock ports)
    {
        this.state = state;
        Ports = ports;
        secrets = Secrets.LoadOrCreate(state);
        Postgres = new(state, ports, secrets);
        RabbitMq = new(state, ports, secrets);
        Services = new(state, ports, secrets, Postgres, RabbitMq);
        logKeeper = state.Daemon(LogKeeper.Spec(state));
    }

    public PortBlock Ports { get; }

    public PostgresServer Postgres { get; }

    public RabbitMqServer RabbitMq { get; }

    public ServiceCatalog Services { get; }

    public string RabbitMqPassword => secrets.RabbitMq;

    /// <summary>The numbers of the trainers that run, or that ran before everything was killed.</summary>
    public IReadOnlyList<int> KnownTrainers => [.. state.PidNames().Select(ServiceCatalog.TrainerNumber).Where(number => number > 0).Order()];

    /// <summary>Every service that should be running.</summary>
    public IEnumerable<ServiceInstance> Instances => [.. Services.Single, .. KnownTrainers.Select(Services.Trainer)];

    public ProcessIdentity? FindAlive(ServiceInstance instance) => state.Pid(instance.Name).FindAlive();

    /// <summary>Whether anything of it lives, be it only a part.</summary>
    public static bool AnyAlive(StateFolder state) => state.PidNames().Any(name => state.Pid(name).FindAlive() is not null);

    /// <summary>
    /// Starts what is not running; true when there was anything to start. When a part fails or the user interrupts, the parts
    /// that this call started are stopped again.
    /// </summary>
    public async Task<bool> Start(int trainers, bool diesWithUs, Report report, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var wanted = Services.Single.Concat(Enumerable.Range(1, trainers).Select(Services.Trainer)).ToList();
        if (wanted.FirstOrDefault(instance => !File.Exists(instance.Spec.File)) is { } missing)
            throw new PlatformException($"{missing.Spec.File} is missing; ./platform build makes it.");
        var started = new ConcurrentStack<Func<Task>>();
        try
        {
            if (logKeeper.StartUnlessAlive(diesWithUs))
                started.Push(logKeeper.Stop);
            Directory.CreateDirectory(state.Store);
            await Task.WhenAll(StartServer(Postgres), StartServer(RabbitMq));
            await Provisioning.Run(Postgres, secrets, cancellationToken);

            foreach (var surplus in KnownTrainers.Where(number => number > trainers))
                await state.Daemon(Services.Trainer(surplus).Spec).Stop();
            using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
            await Task.WhenAll(wanted.Select(StartService));
            return !started.IsEmpty;

            async Task StartService(ServiceInstance instance)
            {
                var daemon = state.Daemon(instance.Spec);
                var isNew = daemon.StartUnlessAlive(diesWithUs);
                if (isNew)
                    started.Push(daemon.Stop);
                await daemon.WaitUntil(token => Probe.Answers(client, instance.Health, successOnly: true, token), TimeSpan.FromMinutes(2), cancellationToken);
                if (isNew)
                    report.Line($"  {instance.Name,-10} ready after {clock.Elapsed.TotalSeconds:0.0} s");
            }
        }
        catch
        {
            report.Line("Stopping what was started …");
            foreach (var stop in started) // a stack: the servers last
                await stop();
            throw;
        }

        async Task StartServer(IServer server)
        {
            if (!server.IsAlive)
                started.Push(server.Stop);
            if (await server.Start(diesWithUs, cancellationToken))
                report.Line($"  {server.Name,-10} ready after {clock.Elapsed.TotalSeconds:0.0} s");
        }
    }

    /// <summary>Services first, so that none of them complains about a server that went before it; true when anything had been running.</summary>
    public async Task<bool> Stop()
    {
        var services = await Task.WhenAll(Instances.Select(instance => state.Daemon(instance.Spec).Stop()));
        var servers = await Task.WhenAll(RabbitMq.Stop(), Postgres.Stop());
        return await logKeeper.Stop() | services.Concat(servers).Any(stopped => stopped);
    }
}
