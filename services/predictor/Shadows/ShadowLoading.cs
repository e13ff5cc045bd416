using MassTransit;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Predictor.Serving;

namespace Platform.Predictor.Shadows;

/// <summary>
/// Brings announced shadows into this replica and opens their packages, so that one that is at fault is known before the first recording comes.
/// Whatever is wrong with a shadow concerns this shadow alone.
/// </summary>
internal sealed partial class ShadowLoading(
    ShadowTable table,
    ShadowPackages packages,
    PassedOver passedOver,
    PackageSource source,
    ServiceIdentity service,
    TimeProvider clock,
    ILogger<ShadowLoading> logger)
{
    /// <typeparam name="TBus">The bus, or the context of what it delivered.</typeparam>
    internal async Task Keep<TBus>(ShadowDeployed shadow, TBus bus, CancellationToken cancellationToken) where TBus : IPublishEndpoint, ISendEndpointProvider
    {
        var before = table.Find(shadow.ModelId);
        if (!table.Keep(shadow))
            return;
        if (before is not null)
            await packages.Forget(before.ShadowId, cancellationToken);
        if (shadow.State != ShadowStates.Live)
        {
            LogEnded(shadow.ModelId, shadow.Version, shadow.State);
            return;
        }

        try
        {
            (await packages.Use(shadow, cancellationToken)).Done();
            LogLive(shadow.ModelId, shadow.Version, shadow.Devices.Count);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            if (await Refuse(shadow, exception, bus, cancellationToken))
                return;
            LogPostponed(exception, shadow.ModelId, shadow.Version); // a store that is away; the next recording tries again
        }

        await PutBack(shadow, bus, cancellationToken);
    }

    /// <summary>Recordings that came before this replica knew what to do with them go back into the queue; whoever has them next knows more, or does the same.</summary>
    private async Task PutBack(ShadowDeployed shadow, ISendEndpointProvider bus, CancellationToken cancellationToken)
    {
        var recordings = passedOver.Of(shadow);
        if (recordings.Count == 0)
            return;
        var queue = await bus.GetSendEndpoint(new Uri($"exchange:{service.Name}-{ScoreShadowConsumer.Work}"));
        await queue.SendBatch(recordings, cancellationToken);
        LogPutBack(recordings.Count, shadow.ModelId, shadow.Version);
    }

    /// <summary>True when the package is at fault: this replica gives the shadow up and says so. False when the reason may pass.</summary>
    internal async Task<bool> Refuse(ShadowDeployed shadow, Exception exception, IPublishEndpoint bus, CancellationToken cancellationToken)
    {
        if (await source.MayPass(exception, cancellationToken))
            return false;

        LogRefused(exception, shadow.ModelId, shadow.Version);
        table.GiveUp(shadow);
        await bus.Publish(
            new ShadowRejected(shadow.ShadowId, shadow.ModelId, shadow.Version, shadow.Revision, service.Instance, exception.Message, clock.GetUtcNow()),
            cancellationToken);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Scoring {ModelId} v{Version} as a shadow for {Devices} devices")]
    private partial void LogLive(string modelId, int version, int devices);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Recordings} recordings came before the shadow {ModelId} v{Version} was known here; put back into the queue")]
    private partial void LogPutBack(int recordings, string modelId, int version);

    [LoggerMessage(Level = LogLevel.Information, Message = "The shadow {ModelId} v{Version} is {State}")]
    private partial void LogEnded(string modelId, int version, string state);

    [LoggerMessage(Level = LogLevel.Error, Message = "Refused the package of the shadow {ModelId} v{Version}; what serves is not concerned")]
    private partial void LogRefused(Exception exception, string modelId, int version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The package of the shadow {ModelId} v{Version} cannot be opened now; the next recording tries again")]
    private partial void LogPostponed(Exception exception, string modelId, int version);
}

/// <summary>Keeps what is to be scored beside the champion. Safe to redeliver and to receive in any order: a lower revision changes nothing.</summary>
internal sealed class KeepShadowConsumer(ShadowLoading shadows) : IConsumer<ShadowDeployed>
{
    public Task Consume(ConsumeContext<ShadowDeployed> context) => shadows.Keep(context.Message, context, context.CancellationToken);
}
