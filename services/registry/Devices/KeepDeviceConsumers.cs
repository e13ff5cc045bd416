using MassTransit;
using Platform.Contracts;
using Platform.Registry.Schedules;

namespace Platform.Registry.Devices;

/// <summary>Keeps the copy of a device that scopes are resolved from. Safe to redeliver: a lower revision changes nothing.</summary>
internal sealed class KeepDeviceConsumer(DeviceStore devices) : IConsumer<DeviceChanged>
{
    public Task Consume(ConsumeContext<DeviceChanged> context) => devices.Keep(context.Message, context.CancellationToken);
}

/// <summary>
/// Keeps a device's data counts, and starts its first training when there is enough for it. Safe to redeliver: a lower revision changes nothing, and
/// a training is started once.
/// </summary>
internal sealed class KeepDeviceDataConsumer(DeviceStore devices, ColdStart coldStart) : IConsumer<DeviceDataChanged>
{
    public async Task Consume(ConsumeContext<DeviceDataChanged> context)
    {
        await devices.Keep(context.Message, context.CancellationToken);
        await coldStart.Consider(context.Message.Device, context.CancellationToken);
    }
}

/// <summary>Counts anomalous recordings. Safe to redeliver: a recording counts once per alarm.</summary>
internal sealed class CountAnomalyConsumer(AlarmStore alarms) : IConsumer<AnomalyDetected>
{
    public Task Consume(ConsumeContext<AnomalyDetected> context) => alarms.Keep(context.Message, context.CancellationToken);
}

/// <summary>Closes an alarm in the overview. Safe to redeliver, and to receive before the alarm itself.</summary>
internal sealed class CloseAlarmConsumer(AlarmStore alarms) : IConsumer<AnomalyCleared>
{
    public Task Consume(ConsumeContext<AnomalyCleared> context) => alarms.Keep(context.Message, context.CancellationToken);
}
