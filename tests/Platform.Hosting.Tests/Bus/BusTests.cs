using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Platform.Testing;
using RabbitMQ.Client;

namespace Platform.Hosting.Tests;

public sealed class BusTests(TestVhost vhost) : IClassFixture<TestVhost>
{
    private Dictionary<string, string> Settings => new() { ["Bus__Uri"] = vhost.Uri, ["Bus__RetryInterval"] = "00:00:00.010" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_instances_share_the_work_and_each_hears_a_broadcast()
    {
        var (one, two) = (new Inbox(), new Inbox());
        await using var first = await Start(one, "share");
        await using var second = await Start(two, "share");

        for (var i = 0; i < 20; i++)
            await first.Services.GetRequiredService<IBus>().Publish(new ThingHappened(Guid.NewGuid(), i, "work"), Token);
        await second.Services.GetRequiredService<IBus>().Publish(new ThingAnswered(Guid.NewGuid(), "second"), Token);

        await Eventually.Is(() => one.Things.Count + two.Things.Count == 20);
        await Eventually.Is(() => one.Answers.Count == 1 && two.Answers.Count == 1);
        Assert.Equal(Enumerable.Range(0, 20), one.Things.Concat(two.Things).Select(thing => thing.Number).Order());
    }

    [Fact]
    public async Task Queues_are_declared_for_good()
    {
        await using var host = await Start(new Inbox(), "declare", instance: "Host-A.7");

        var queues = await vhost.Queues();

        var work = queues["declare-thing-happened"];
        Assert.True(work.GetProperty("durable").GetBoolean());
        Assert.Equal("quorum", Argument(work, "x-queue-type").GetString());
        Assert.Equal(10, Argument(work, "x-delivery-limit").GetInt32());
        Assert.Equal("declare-thing-happened-dead", Argument(work, "x-dead-letter-exchange").GetString());
        Assert.Equal("at-least-once", Argument(work, "x-dead-letter-strategy").GetString());
        Assert.Equal("quorum", Argument(queues["declare-thing-happened-dead"], "x-queue-type").GetString());
        var broadcast = queues["declare-thing-answered-host-a.7"];
        Assert.True(broadcast.GetProperty("durable").GetBoolean());
        Assert.False(broadcast.GetProperty("auto_delete").GetBoolean());
        Assert.Equal(600_000, Argument(broadcast, "x-expires").GetInt32());
        Assert.Contains("Platform.Hosting.Tests:ThingHappened", await vhost.Exchanges());
    }

    [Fact]
    public async Task A_transient_failure_is_tried_again_until_it_works()
    {
        var inbox = new Inbox { FailuresLeft = 5, Failure = () => new IOException("not yet") };
        await using var host = await Start(inbox, "transient");

        await host.Services.GetRequiredService<IBus>().Publish(new ThingHappened(Guid.NewGuid(), 1, "again"), Token);

        await Eventually.Is(() => inbox.Things.Count == 1);
        Assert.Equal(6, inbox.Attempts);
    }

    [Fact]
    public async Task A_permanent_failure_goes_to_the_error_queue_at_once_and_publishes_nothing()
    {
        var inbox = new Inbox { FailuresLeft = 100, Failure = () => new UnreadableException() };
        await using var host = await Start(inbox, "permanent");

        await host.Services.GetRequiredService<IBus>().Publish(new ThingHappened(Guid.NewGuid(), 1, "never"), Token);

        var failed = await TakeOne("permanent-thing-happened_error");
        Assert.Equal(1, inbox.Attempts);
        var headers = failed.GetProperty("properties").GetProperty("headers");
        Assert.Contains("UnreadableException", headers.GetProperty("MT-Fault-ExceptionType").GetString(), StringComparison.Ordinal);
        Assert.Contains("byte 12", headers.GetProperty("MT-Fault-Message").GetString(), StringComparison.Ordinal);
        Assert.Empty(inbox.Answers); // its publish before the failure was held back and dropped
    }

    [Fact]
    public async Task A_body_that_is_no_message_is_put_aside_and_stops_nobody()
    {
        var inbox = new Inbox();
        await using var host = await Start(inbox, "garbage");

        await vhost.Send("garbage-thing-happened", "this is not JSON {");
        await vhost.Send("garbage-thing-happened", "");
        await vhost.Send(
            "garbage-thing-happened",
            """{"messageType":["urn:message:Platform.Hosting.Tests:ThingHappened"],"message":{"id":"x"}}""");
        await host.Services.GetRequiredService<IBus>().Publish(new ThingHappened(Guid.NewGuid(), 7, "good"), Token);

        await Eventually.Is(() => inbox.Things.Any(thing => thing.Number == 7));
        var aside = new List<JsonElement>();
        await Eventually.Is(async () =>
        {
            aside.AddRange(await vhost.Take("garbage-thing-happened_error"));
            return aside.Count == 3;
        });
    }

    [Fact]
    public async Task A_message_that_kills_its_consumer_again_and_again_ends_as_a_dead_letter()
    {
        await using (var host = await Start(new Inbox(), "killer"))
        {
            // declares the queue and leaves it without a consumer
        }

        await vhost.Send("killer-thing-happened", "the one that kills");
        var factory = new ConnectionFactory { Uri = new Uri(vhost.Uri) };
        var deliveries = 0;
        IReadOnlyList<JsonElement> dead = [];
        await Eventually.Is(async () =>
        {
            if (await DiesHolding(factory, "killer-thing-happened"))
                deliveries++;
            dead = await vhost.Take("killer-thing-happened-dead");
            return dead.Count > 0;
        });

        Assert.Equal(11, deliveries); // the first one and the limit of ten more
        Assert.Equal("the one that kills", Assert.Single(dead).GetProperty("payload").GetString());
    }

    /// <summary>Takes a message and loses the connection before it answers, as a process that is killed does; false when there is none now.</summary>
    private static async Task<bool> DiesHolding(ConnectionFactory factory, string queue)
    {
        await using var connection = await factory.CreateConnectionAsync(Token);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);
        return await channel.BasicGetAsync(queue, autoAck: false, Token) is not null;
    }

    [Fact]
    public async Task A_bus_comes_back_after_its_connection_was_cut()
    {
        var inbox = new Inbox();
        await using var host = await Start(inbox, "cut");

        await Eventually.Is(async () => await vhost.DropConnections() > 0);

        await Eventually.Is(async () =>
        {
            await host.Services.GetRequiredService<IBus>().Publish(new ThingHappened(Guid.NewGuid(), 3, "after"), Token);
            return true; // for a moment it may not know that it is cut off
        });
        await Eventually.Is(() => inbox.Things.Any(thing => thing.Number == 3));
        await host.BusIsReady();
    }

    [Fact]
    public async Task Dead_letters_of_another_service_can_be_consumed()
    {
        var (worker, undertaker) = (new Inbox(), new Inbox());
        await using var host = await Start(worker, "patient");
        await using var registry = await TestHost.Start(
            Settings,
            builder =>
            {
                builder.Services.AddSingleton(undertaker);
                builder.AddBus(bus => bus.DeadLetters<KeepThingConsumer, ThingHappened>(ofService: "patient"));
            },
            "undertaker");
        await registry.BusIsReady();

        await host.Services.GetRequiredService<IBus>().Publish(new ThingHappened(Guid.NewGuid(), 1, "alive"), Token);
        var sender = await host.Services.GetRequiredService<IBus>().GetSendEndpoint(new Uri("exchange:patient-thing-happened-dead"));
        await sender.Send(new ThingHappened(Guid.NewGuid(), 2, "dead"), Token);

        await Eventually.Is(() => undertaker.Things.Count == 1 && worker.Things.Count == 1);
        Assert.Equal(2, undertaker.Things.Single().Number);
    }

    [Fact]
    public void A_consumer_of_two_messages_is_refused_because_both_would_come_twice()
    {
        var refused = Assert.Throws<InvalidOperationException>(() => new PlatformBus("x").Work<BothConsumer, ThingHappened>());

        Assert.Contains("BothConsumer consumes 2", refused.Message, StringComparison.Ordinal);
    }

    private async Task<TestHost> Start(Inbox inbox, string service, string? instance = null)
    {
        var settings = Settings;
        if (instance is not null)
            settings["Bus__Instance"] = instance;
        var host = await TestHost.Start(
            settings,
            builder =>
            {
                builder.Services.AddSingleton(inbox);
                builder.AddBus(bus => bus
                    .Work<KeepThingConsumer, ThingHappened>()
                    .Broadcast<KeepAnswerConsumer, ThingAnswered>());
            },
            service);
        await host.BusIsReady();
        return host;
    }

    private async Task<JsonElement> TakeOne(string queue)
    {
        IReadOnlyList<JsonElement> taken = [];
        await Eventually.Is(async () => (taken = await vhost.Take(queue)).Count == 1);
        return taken[0];
    }

    private static JsonElement Argument(JsonElement queue, string name) => queue.GetProperty("arguments").GetProperty(name);
}
