using MassTransit;
using Platform.Contracts;
using Platform.Predictor.Serving;

namespace Platform.Predictor.Devices;

/// <summary>Keeps the copy of each device. Safe to redeliver and to receive in any order: only a higher revision is stored.</summary>
internal sealed class KeepDeviceConsumer(DeviceStore devices, ServingTable table) : IConsumer<DeviceChanged>
{
    public async Task Consume(ConsumeContext<DeviceChanged> context)
    {
        await devices.Keep(context.Message, context.CancellationToken);
        table.Place([DevicePlace.Of(context.Message)]);
    }
}
