using System.Diagnostics;
using System.Text.Json;
using Dapper;
using MassTransit;
using Npgsql;

namespace Platform.Hosting;

/// <summary>Enqueues into the table <c>outbox</c> of the service's schema and wakes the relay at commit.</summary>
internal sealed class PostgresOutbox(ServiceIdentity service, TimeProvider time) : IOutbox
{
    internal static string Channel(ServiceIdentity service) => $"{service.Name}_outbox";

    public Task Enqueue<T>(NpgsqlConnection connection, NpgsqlTransaction transaction, T message, CancellationToken cancellationToken)
        where T : class =>
        Enqueue(connection, transaction, message, time.GetUtcNow(), cancellationToken);

    public async Task Enqueue<T>(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        T message,
        DateTimeOffset notBefore,
        CancellationToken cancellationToken)
        where T : class
    {
        const string sql = """
            INSERT INTO outbox (message_id, message_type, body, trace_parent, trace_state, enqueued_at, not_before)
            VALUES (@messageId, @messageType, @body::jsonb, @traceParent, @traceState, @now, @notBefore);
            SELECT pg_notify(@channel, '');
            """;

        var type = message.GetType();
        var parameters = new
        {
            messageId = NewId.NextGuid(),
            messageType = MessageTypeName.Of(type),
            body = JsonSerializer.Serialize(message, type, JsonSerializerOptions.Web),
            traceParent = Activity.Current?.Id,
            traceState = Activity.Current?.TraceStateString,
            now = time.GetUtcNow().UtcDateTime,
            notBefore = notBefore.UtcDateTime,
            channel = Channel(service),
        };
        await connection.ExecuteAsync(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken));
    }
}

/// <summary>How a message's type is written in the outbox: full name and assembly, without versions.</summary>
internal static class MessageTypeName
{
    public static string Of(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";

    public static Type? Resolve(string name) => Type.GetType(name, throwOnError: false);
}
