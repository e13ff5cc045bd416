using Platform.Contracts;

namespace Platform.Predictor.Devices;

/// <summary>Where a device stands and what it is, as far as models are chosen by it.</summary>
/// <param name="Revision">Of <see cref="DeviceChanged"/>: only a higher one replaces it.</param>
internal sealed record DevicePlace(string Device, string Site, string MachineType, long Revision)
{
    internal static DevicePlace Of(DeviceChanged device) => new(device.Device, device.Site, device.MachineType, device.Revision);
}
