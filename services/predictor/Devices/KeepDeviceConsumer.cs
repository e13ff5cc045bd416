using MassTransit;
using Platform.Contracts;

namespace Platform.Predictor.Devices;

/// <summary>Keeps the copy of each device. Safe to redeliver and to receive in any order: only a higher revision is stored.</summary>
internal sealed class KeepDeviceConsumer(DeviceStore devices) : IConsumer<DeviceChanged>
{
    public Task Consume(ConsumeContext<DeviceChanged> context) => devices.Keep(context.Message, context.CancellationToken);
}
