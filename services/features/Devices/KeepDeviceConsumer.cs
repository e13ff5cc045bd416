using MassTransit;
using Platform.Contracts;
using Platform.Features.Extracting;

namespace Platform.Features.Devices;

/// <summary>
/// Keeps a device's copy and has the recordings extracted that lack a feature set for it: those that came before the device did, and all
/// of them after a change of the spec. Safe to redeliver: a lower revision changes nothing, what is extracted is not extracted again.
/// </summary>
internal sealed class KeepDeviceConsumer(DeviceStore devices) : IConsumer<DeviceChanged>
{
    public async Task Consume(ConsumeContext<DeviceChanged> context)
    {
        if (await devices.Keep(context.Message, context.CancellationToken))
            await context.Publish(new ExtractMissing(context.Message.Device), context.CancellationToken);
    }
}
