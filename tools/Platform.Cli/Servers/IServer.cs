namespace Platform.Cli.Servers;

/// <summary>A third-party server run as our private child: one that is already up is left alone, stale state of a crash is cleared.</summary>
internal interface IServer
{
    string Name { get; }

    bool IsAlive { get; }

    /// <summary>Returns when the server answers its own protocol; false when it had been running before.</summary>
    Task<bool> Start(bool diesWithUs, CancellationToken cancellationToken);

    /// <summary>Returns when it is gone; true when it had been running.</summary>
    Task<bool> Stop();
}
