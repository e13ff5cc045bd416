using Platform.Cli.Recordings;

namespace Platform.Cli.Tests;

public sealed class UploadTurnsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Recordings_of_a_device_go_in_the_order_in_which_they_were_made_and_every_one_goes()
    {
        var random = new Random(3);
        Upload[] uploads = [.. Enumerable.Range(0, 200).Select(_ => Made($"LT-{random.Next(5)}", random.Next(1_000)))];
        var turns = new UploadTurns(uploads);
        var (taken, running) = (new List<int>(), new List<UploadTurns.Turn>());

        // Four at a time, which end in any order.
        while (taken.Count < uploads.Length)
        {
            while (running.Count < 4 && turns.Take() is { } turn)
            {
                taken.Add(turn.Index);
                running.Add(turn);
            }

            var ended = running[random.Next(running.Count)];
            running.Remove(ended);
            turns.Done(ended);
        }

        Assert.Equal(Enumerable.Range(0, 200), taken.Order());
        Assert.Null(turns.Take());
        foreach (var device in taken.GroupBy(index => uploads[index].Device))
            Assert.Equal(device.Select(index => uploads[index].RecordedAt).Order(), device.Select(index => uploads[index].RecordedAt));
    }

    [Fact]
    public void A_device_has_one_on_its_way_as_long_as_another_device_waits()
    {
        var turns = new UploadTurns([Made("LT-1", 1), Made("LT-1", 2), Made("LT-1", 3), Made("LT-2", 1), Made("LT-2", 2), Made("LT-3", 1)]);
        var (first, second, third) = (turns.Take()!, turns.Take()!, turns.Take()!);
        Assert.Equal([0, 3, 5], new[] { first, second, third }.Select(turn => turn.Index));

        turns.Done(first);
        Assert.Equal(1, turns.Take()!.Index);
    }

    [Fact]
    public void A_device_on_its_own_does_not_wait_for_itself()
    {
        var turns = new UploadTurns([Made("LT-1", 4), Made("LT-1", 3), Made("LT-2", 1), Made("LT-1", 2)]);

        Assert.Equal([3, 2, 1, 0], Enumerable.Range(0, 4).Select(_ => turns.Take()!.Index));
        Assert.Null(turns.Take());
    }

    private static Upload Made(string device, int minute) => new(device, $"{minute}.wav", "normal", Noon.AddMinutes(minute));
}
