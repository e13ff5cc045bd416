using System.CommandLine;
using Platform.Cli.State;

namespace Platform.Cli.Servers;

/// <summary>
/// <c>servers</c>: PostgreSQL, RabbitMQ and an S3 store for the tests, for as long as it runs. It prints the environment that
/// tests read and then <c># ready</c>; it stops on Ctrl-C, SIGTERM, or, with <c>--until-stdin-closes</c>, when its parent is gone.
/// </summary>
internal static class ServersCommand
{
    public static Command Create()
    {
        var folder = new Option<string>("--folder") { Description = "Where the servers keep their state.", Required = true };
        var basePort = new Option<int?>("--base-port") { Description = "First port of a block of 100; by default the next free one." };
        var untilStdinCloses = new Option<bool>("--until-stdin-closes") { Description = "Stop when standard input ends." };
        var command = new Command("servers", "Run PostgreSQL, RabbitMQ and an S3 store for tests, until stopped.") { folder, basePort, untilStdinCloses };
        command.SetAction((parse, cancellationToken) => Run(
            new StateFolder(parse.GetRequiredValue(folder)), parse.GetValue(basePort), parse.GetValue(untilStdinCloses), cancellationToken));
        return command;
    }

    private static async Task<int> Run(StateFolder state, int? basePort, bool untilStdinCloses, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (untilStdinCloses)
            _ = CancelAtEndOfInput(stop);

        using var folderLock = await state.Lock(stop.Token);
        Clear(state);
        var (ports, claim) = PortBlock.Choose(state, basePort);
        using var portClaim = claim;
        var secrets = Secrets.LoadOrCreate(state);
        var postgres = new PostgresServer(state, ports, secrets, durable: false);
        var rabbitMq = new RabbitMqServer(state, ports, secrets);
        var s3 = new RadosGateway(state, ports, secrets);
        IServer[] servers = [postgres, rabbitMq, s3];
        try
        {
            await Task.WhenAll(servers.Select(server => server.Start(diesWithUs: true, stop.Token)));
            Console.WriteLine($"export PLATFORM_TEST_POSTGRES='{postgres.ConnectionString()}'");
            Console.WriteLine($"export PLATFORM_TEST_RABBITMQ='{rabbitMq.Amqp.OriginalString}'");
            Console.WriteLine($"export PLATFORM_TEST_RABBITMQ_MANAGEMENT='{rabbitMq.Management.OriginalString}'");
            Console.WriteLine($"export PLATFORM_TEST_S3='{s3.Url.OriginalString}'");
            Console.WriteLine($"export PLATFORM_TEST_S3_ACCESS_KEY='{secrets.S3AccessKey}'");
            Console.WriteLine($"export PLATFORM_TEST_S3_SECRET_KEY='{secrets.S3SecretKey}'");
            Console.WriteLine("# ready");
            await Task.Delay(Timeout.Infinite, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // this is how it ends
        }
        finally
        {
            await Task.WhenAll(servers.Select(server => server.Stop()));
            Clear(state);
            if (Directory.Exists(postgres.DataFolder))
                Directory.Delete(postgres.DataFolder, recursive: true); // it may stand outside the folder
        }

        return 0;
    }

    /// <summary>Every run starts from nothing and leaves nothing, but the logs of the last one.</summary>
    private static void Clear(StateFolder state)
    {
        foreach (var folder in (string[])[state.Data("."), state.Pids])
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CancelAtEndOfInput(CancellationTokenSource stop)
    {
        using var input = Console.OpenStandardInput();
        var buffer = new byte[64];
        while (await input.ReadAsync(buffer, CancellationToken.None) > 0)
        {
        }

        await stop.CancelAsync();
    }
}
