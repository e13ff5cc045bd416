using System.Collections.Concurrent;
using MassTransit;

namespace Platform.Hosting.Tests;

internal sealed class UnreadableException() : PermanentException("byte 12 is not a chunk");

internal sealed class Inbox
{
    private int attempts;

    public ConcurrentQueue<ThingHappened> Things { get; } = [];

    public ConcurrentQueue<ThingAnswered> Answers { get; } = [];

    public int Attempts => attempts;

    public int FailuresLeft { get; init; }

    public Func<Exception> Failure { get; init; } = () => new InvalidOperationException();

    public bool Fails() => Interlocked.Increment(ref attempts) <= FailuresLeft;
}

internal sealed class KeepThingConsumer(Inbox inbox) : IConsumer<ThingHappened>
{
    public async Task Consume(ConsumeContext<ThingHappened> context)
    {
        if (inbox.FailuresLeft > 0)
            await context.Publish(new ThingAnswered(context.Message.Id, "too early"));
        if (inbox.Fails())
            throw inbox.Failure();
        inbox.Things.Enqueue(context.Message);
    }
}

internal sealed class KeepAnswerConsumer(Inbox inbox) : IConsumer<ThingAnswered>
{
    public Task Consume(ConsumeContext<ThingAnswered> context)
    {
        inbox.Answers.Enqueue(context.Message);
        return Task.CompletedTask;
    }
}

internal sealed class BothConsumer : IConsumer<ThingHappened>, IConsumer<ThingAnswered>
{
    public Task Consume(ConsumeContext<ThingHappened> context) => Task.CompletedTask;

    public Task Consume(ConsumeContext<ThingAnswered> context) => Task.CompletedTask;
}
