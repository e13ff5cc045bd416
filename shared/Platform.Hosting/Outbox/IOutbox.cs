using Npgsql;

namespace Platform.Hosting;

/// <summary>
/// Messages that become visible exactly when the caller's transaction commits, and are published at least once after that.
/// </summary>
public interface IOutbox
{
    Task Enqueue<T>(NpgsqlConnection connection, NpgsqlTransaction transaction, T message, CancellationToken cancellationToken)
        where T : class;

    /// <summary>As above, but published no earlier than <paramref name="notBefore"/>.</summary>
    Task Enqueue<T>(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        T message,
        DateTimeOffset notBefore,
        CancellationToken cancellationToken)
        where T : class;
}
