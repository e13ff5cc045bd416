using MassTransit;

namespace Platform.Hosting;

/// <summary>How one work queue is consumed by one instance.</summary>
public sealed class WorkEndpoint
{
    private readonly List<Type> permanent = [typeof(PermanentException)];

    /// <summary>Messages held unacknowledged; at least <see cref="Concurrency"/>.</summary>
    public ushort Prefetch { get; set; } = 16;

    /// <summary>Messages worked on at the same time.</summary>
    public int Concurrency { get; set; } = 4;

    /// <summary>
    /// Where both numbers follow from settings, which are known once the service has been built: messages worked on at the same
    /// time, and no more are held.
    /// </summary>
    public Func<IServiceProvider, int>? ConcurrencyFrom { get; set; }

    /// <summary>Attempts after the first one, with growing pauses; then the message goes to the error queue.</summary>
    public int Retries { get; set; } = 7;

    /// <summary>An exception of another library that no retry can heal.</summary>
    public WorkEndpoint NeverRetry<TException>()
        where TException : Exception
    {
        permanent.Add(typeof(TException));
        return this;
    }

    internal (ushort Prefetch, int Concurrency) Limits(IServiceProvider services) =>
        ConcurrencyFrom?.Invoke(services) is { } both ? (checked((ushort)both), both) : (Prefetch, Concurrency);

    internal void ConfigureRetry(IRetryConfigurator retry, TimeSpan interval)
    {
        if (Retries > 0)
            retry.Exponential(Retries, interval, 30 * interval, interval);
        else
            retry.None();

        retry.Ignore(permanent.ToArray());
    }
}
