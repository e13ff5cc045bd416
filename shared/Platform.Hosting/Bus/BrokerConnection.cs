using RabbitMQ.Client;

namespace Platform.Hosting;

/// <summary>A connection of its own for probing: opening a channel on it is a round trip to the broker. Thread-safe.</summary>
internal sealed class BrokerConnection(BusOptions options, ServiceIdentity service) : IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1);
    private IConnection? connection;

    public async Task Probe(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (connection is not { IsOpen: true })
            {
                if (connection is not null)
                    await connection.DisposeAsync();
                connection = null;
                connection = await Connect(cancellationToken);
            }

            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is not null)
            await connection.DisposeAsync();
        gate.Dispose();
    }

    private Task<IConnection> Connect(CancellationToken cancellationToken) => new ConnectionFactory
    {
        HostName = options.Address.Host,
        Port = options.Port,
        VirtualHost = options.VirtualHost,
        UserName = options.User,
        Password = options.Password,
        Ssl = new SslOption(options.Address.Host, enabled: options.Tls),
        ClientProvidedName = $"{service.Name} health",
        AutomaticRecoveryEnabled = false,
    }.CreateConnectionAsync(cancellationToken);
}
