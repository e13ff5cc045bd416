namespace Platform.Cli.Recordings;

/// <summary>
/// Which upload is next: devices in turn, and those of a device in the order in which they were made. A second one of a device begins before the
/// first has ended only where no other device waits: one at a time, a device on its own would take twice as long. The platform puts recordings in
/// order that overtake each other by so little. Thread-safe.
/// </summary>
internal sealed class UploadTurns
{
    private readonly Lock gate = new();
    private readonly Queue<Device> idle;
    private readonly List<Device> busy = [];

    public UploadTurns(IReadOnlyList<Upload> uploads) => idle = new(Enumerable.Range(0, uploads.Count)
        .GroupBy(index => uploads[index].Device)
        .Select(device => new Device(new(device.OrderBy(index => uploads[index].RecordedAt)))));

    /// <summary>Null when every upload has begun.</summary>
    public Turn? Take()
    {
        lock (gate)
        {
            var device = idle.Count > 0 ? idle.Dequeue() : busy.Where(one => one.Left.Count > 0).MinBy(one => one.InFlight);
            if (device is null)
                return null;
            if (device.InFlight++ == 0)
                busy.Add(device);
            return new(device, device.Left.Dequeue());
        }
    }

    public void Done(Turn turn)
    {
        lock (gate)
        {
            if (--turn.Device.InFlight > 0)
                return;
            busy.Remove(turn.Device);
            if (turn.Device.Left.Count > 0)
                idle.Enqueue(turn.Device);
        }
    }

    /// <param name="Index">Of the upload.</param>
    internal sealed record Turn(Device Device, int Index);

    internal sealed class Device(Queue<int> left)
    {
        public Queue<int> Left { get; } = left;

        public int InFlight { get; set; }
    }
}
