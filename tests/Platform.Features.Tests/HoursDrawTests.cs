using Platform.Features.Datasets;
using static Platform.Features.Tests.Sets;

namespace Platform.Features.Tests;

public sealed class HoursDrawTests
{
    // Of Python: sorted(ids, key=lambda id: hashlib.sha256(seed.to_bytes(8, "big") + id.bytes).digest()).
    private static readonly int[] OrderOfSeed1 = [3, 8, 6, 2, 1, 7, 5, 4];
    private static readonly int[] OrderOfSeed2 = [6, 3, 5, 7, 1, 4, 8, 2];

    [Theory]
    [InlineData(0.001, 1)]
    [InlineData(1, 1)]
    [InlineData(1.5, 2)]
    [InlineData(4, 4)]
    [InlineData(7.001, 8)]
    [InlineData(100, 8)]
    public void A_draw_stops_with_the_recording_that_fills_the_hours(double hours, int drawn)
    {
        EligibleSet[] sets = [.. Enumerable.Range(1, 8).Select(number => Set(number, "A", 3_600))];

        Assert.Equal(OrderOfSeed1[..drawn].Order(), Drawn(sets, hours, seed: 1));
        Assert.Equal(OrderOfSeed2[..drawn].Order(), Drawn(sets, hours, seed: 2));
        Assert.Equal(Drawn(sets, hours, seed: 1), Drawn([.. sets.Reverse()], hours, seed: 1));
    }

    [Fact]
    public void Devices_share_the_hours_and_what_one_does_not_have_the_others_give()
    {
        EligibleSet[] sets =
        [
            .. Enumerable.Range(100, 20).Select(number => Set(number, "A", 3_600)),
            .. Enumerable.Range(200, 2).Select(number => Set(number, "B", 1_800)),
            .. Enumerable.Range(300, 20).Select(number => Set(number, "C", 3_600)),
        ];

        var drawn = Drawn(sets, hours: 9, seed: 1);

        Assert.Equal([4, 2, 4], new[] { 1, 2, 3 }.Select(device => drawn.Count(number => number / 100 == device)));
    }

    [Fact]
    public void Hours_are_those_of_the_recordings_and_of_the_patches_only_where_nothing_else_is_known()
    {
        EligibleSet[] sets = [.. Enumerable.Range(1, 8).Select(number => Set(number, "A", 3_600) with { DurationSeconds = 7_200 })];
        var overlapping = Spec.Extraction with { HopSeconds = 0.5 };

        Assert.Equal(2, Drawn(sets, hours: 4, seed: 1).Length);
        Assert.Equal(2.0, Set(1, "A", 3).SecondsUnder(overlapping)); // 0…1, 0.5…1.5, 1…2
    }

    private static int[] Drawn(IReadOnlyList<EligibleSet> sets, double hours, long seed) =>
        [.. Numbers(HoursDraw.Draw(sets, Spec.Extraction, hours, seed)).Order()];
}
