using System.Diagnostics;
using System.Text.Json;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Platform.Testing;

namespace Platform.Hosting.Tests;

public sealed class OutboxTests(TestDatabase database, TestVhost vhost)
    : IClassFixture<TestDatabase>, IClassFixture<TestVhost>, IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Dictionary<string, string> Settings(string service = "ingest") => new()
    {
        ["Bus__Uri"] = vhost.Uri,
        ["Database__ConnectionString"] = database.ConnectionString(service),
    };

    public async ValueTask InitializeAsync() => await vhost.Bind("heard", typeof(ThingHappened));

    public async ValueTask DisposeAsync()
    {
        // Each test method starts with an empty outbox and an empty queue.
        await vhost.Take("heard", 10_000);
        await using var connection = new NpgsqlConnection(database.AdminConnectionString);
        await connection.ExecuteAsync("TRUNCATE ingest.outbox");
    }

    [Fact]
    public async Task A_committed_message_is_published_once_and_a_rolled_back_one_never()
    {
        await using var host = await Start();

        await Enqueue(host, commit: false, new ThingHappened(Guid.NewGuid(), 1, "rolled back"));
        await Enqueue(host, commit: true, new ThingHappened(Guid.NewGuid(), 2, "committed"));

        await Eventually.Is(async () => await Waiting(host) == 0);
        Assert.Equal([2], await HeardNumbers());
    }

    [Fact]
    public async Task Messages_keep_their_order()
    {
        await using var host = await Start();
        var messages = Enumerable.Range(0, 250).Select(i => new ThingHappened(Guid.NewGuid(), i, "in order")).ToArray();

        await Enqueue(host, commit: true, messages);

        await Eventually.Is(async () => await Waiting(host) == 0);
        Assert.Equal(Enumerable.Range(0, 250), await HeardNumbers());
    }

    [Fact]
    public async Task Several_instances_relay_each_message_once()
    {
        await using var one = await Start();
        await using var two = await Start();
        await using var three = await Start();

        await Parallel.ForEachAsync(Enumerable.Range(0, 60), Token, async (batch, _) =>
            await Enqueue(one, commit: true, [.. Enumerable.Range(batch * 10, 10).Select(i => new ThingHappened(Guid.NewGuid(), i, "many"))]));

        await Eventually.Is(async () => await Waiting(one) == 0);
        Assert.Equal(Enumerable.Range(0, 600), (await HeardNumbers()).Order());
    }

    [Fact]
    public async Task A_delayed_message_comes_when_it_is_due()
    {
        await using var host = await Start();
        var outbox = host.Services.GetRequiredService<IOutbox>();
        var due = new DateTimeOffset(DateTimeOffset.UtcNow.AddHours(1).Ticks / 10_000_000 * 10_000_000, TimeSpan.Zero);
        await using var connection = await DataSource(host).OpenConnectionAsync(Token);
        await using (var transaction = await connection.BeginTransactionAsync(Token))
        {
            await outbox.Enqueue(connection, transaction, new ThingHappened(Guid.NewGuid(), 1, "later"), due, Token);
            await outbox.Enqueue(connection, transaction, new ThingHappened(Guid.NewGuid(), 2, "now"), Token);
            await transaction.CommitAsync(Token);
        }

        await Eventually.Is(async () => await Waiting(host) == 1);
        Assert.Equal([2], await HeardNumbers());
        Assert.Equal(due.UtcDateTime, await connection.QuerySingleAsync<DateTime>("SELECT not_before FROM outbox"));

        await connection.ExecuteAsync("UPDATE outbox SET not_before = now()"); // as if the hour had passed
        await Eventually.Is(async () => await Waiting(host) == 0);
        Assert.Equal([1], await HeardNumbers());
    }

    [Fact]
    public async Task Messages_survive_a_broker_that_is_away()
    {
        var gone = Settings();
        gone["Bus__Uri"] = $"amqp://nobody:nothing@127.0.0.1:{FreePorts.Next()}/";
        await using (var host = await Start(gone))
        {
            await Enqueue(host, commit: true, new ThingHappened(Guid.NewGuid(), 1, "while away"));
            var ready = await host.Http.GetAsync("health/ready", Token);
            Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            var report = await ready.Content.ReadAsStringAsync(Token);
            var checks = JsonDocument.Parse(report).RootElement.GetProperty("checks");
            Assert.Equal("unhealthy", checks.GetProperty("bus").GetProperty("status").GetString());
            Assert.Equal("healthy", checks.GetProperty("database").GetProperty("status").GetString());
        }

        await using var restarted = await Start();

        await Eventually.Is(async () => await Waiting(restarted) == 0);
        Assert.Equal([1], await HeardNumbers());
    }

    [Fact]
    public async Task The_relay_goes_on_after_its_connections_to_database_and_broker_were_cut()
    {
        await using var host = await Start();
        await Enqueue(host, commit: true, new ThingHappened(Guid.NewGuid(), 1, "before"));
        await Eventually.Is(async () => await Waiting(host) == 0);

        await using (var admin = new NpgsqlConnection(database.AdminConnectionString))
            await admin.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ingest'");
        await vhost.DropConnections();
        await Eventually.Is(async () =>
        {
            await Enqueue(host, commit: true, new ThingHappened(Guid.NewGuid(), 2, "after"));
            return true;
        });

        await Eventually.Is(async () => await Waiting(host) == 0, TimeSpan.FromSeconds(30));
        Assert.Equal([1, 2], await HeardNumbers());
    }

    [Fact]
    public async Task A_message_that_no_queue_takes_waits_until_there_is_one_and_holds_up_nobody()
    {
        await using var host = await Start();

        await Enqueue(host, commit: true, new ThingAnswered(Guid.NewGuid(), "nobody listens"));
        await Enqueue(host, commit: true, new ThingHappened(Guid.NewGuid(), 5, "somebody does"));

        await Eventually.Is(async () => await Waiting(host) == 1);
        Assert.Equal([5], await HeardNumbers());
        await vhost.Bind("answers", typeof(ThingAnswered));
        await Eventually.Is(async () => (await vhost.Take("answers")).Count == 1);
        await Eventually.Is(async () => await Waiting(host) == 0);
    }

    [Fact]
    public async Task An_announcement_waits_for_nobody()
    {
        await using var host = await Start();

        await Enqueue(host, commit: true, new ThingAnnounced(Guid.NewGuid()));

        await Eventually.Is(async () => await Waiting(host) == 0);
    }

    [Fact]
    public async Task A_message_that_this_build_cannot_read_is_parked_and_holds_up_nobody()
    {
        await using var host = await Start();
        const string sql = """
            INSERT INTO outbox (message_id, message_type, body, enqueued_at, not_before)
            VALUES (gen_random_uuid(), 'Platform.Gone, Platform.Contracts', '{}', now(), now()),
                   (gen_random_uuid(), 'Platform.Hosting.Tests.ThingHappened, Platform.Hosting.Tests', '{"number":"many"}', now(), now())
            """;
        await using var connection = await DataSource(host).OpenConnectionAsync(Token);
        await connection.ExecuteAsync(sql);

        await Enqueue(host, commit: true, new ThingHappened(Guid.NewGuid(), 8, "fine"));

        await Eventually.Is(async () => await Waiting(host) == 2);
        Assert.Equal([8], await HeardNumbers());
        var reasons = (await connection.QueryAsync<string>("SELECT parked FROM outbox ORDER BY id")).ToList();
        Assert.Contains("no message type 'Platform.Gone", reasons[0], StringComparison.Ordinal);
        Assert.Contains("no ThingHappened", reasons[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_trace_of_the_one_who_enqueued_goes_on_in_the_message()
    {
        await using var host = await Start();
        using var source = new ActivitySource("Platform.Hosting.Tests");
        using var request = source.StartActivity("request");

        await Enqueue(host, commit: true, new ThingHappened(Guid.NewGuid(), 1, "traced"));

        await Eventually.Is(async () => await Waiting(host) == 0);
        var heard = Assert.Single(await vhost.Take("heard"));
        var trace = heard.GetProperty("properties").GetProperty("headers").GetProperty("MT-Activity-Id").GetString();
        Assert.Contains(request!.TraceId.ToHexString(), trace, StringComparison.Ordinal);
    }

    private async Task<TestHost> Start(Dictionary<string, string>? settings = null) => await TestHost.Start(
        settings ?? Settings(),
        builder =>
        {
            builder.AddDatabase();
            builder.AddOutbox();
            builder.AddBus();
        });

    private static NpgsqlDataSource DataSource(TestHost host) => host.Services.GetRequiredService<NpgsqlDataSource>();

    private static async Task Enqueue<T>(TestHost host, bool commit, params T[] messages)
        where T : class
    {
        var outbox = host.Services.GetRequiredService<IOutbox>();
        await using var connection = await DataSource(host).OpenConnectionAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(Token);
        foreach (var message in messages)
            await outbox.Enqueue(connection, transaction, message, Token);
        if (commit)
            await transaction.CommitAsync(Token);
    }

    private static async Task<long> Waiting(TestHost host)
    {
        await using var connection = await DataSource(host).OpenConnectionAsync(Token);
        return await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM outbox");
    }

    private async Task<List<int>> HeardNumbers() =>
        [.. (await vhost.Take("heard", 10_000))
            .Select(message => JsonDocument.Parse(message.GetProperty("payload").GetString()!).RootElement.GetProperty("message"))
            .Select(message => message.GetProperty("number").GetInt32())];
}
