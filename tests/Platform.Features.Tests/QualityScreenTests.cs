using Platform.Dsp;
using Platform.Features.Datasets;
using static Platform.Features.Tests.Sets;

namespace Platform.Features.Tests;

public sealed class QualityScreenTests
{
    private static readonly double[] Rms = [0.10, 0.11, 0.12, 0.105, 0.115, 0.125, 0.108, 0.112, 0.118, 0.122, 0.5, 0.01];
    private static readonly double[] Centroid = [1000, 1010, 990, 1005, 995, 1020, 980, 1002, 998, 1200, 1001, 1003];

    [Fact]
    public void What_lies_outside_the_fences_that_numpy_gives_is_screened_out()
    {
        var screen = QualityScreen.Of(Device("A"))!;

        // q1, q3 = numpy.percentile(values, [25, 75]); q1 - 2 * (q3 - q1), q3 + 2 * (q3 - q1)
        var bounds = Assert.Single(screen.Devices);
        Assert.Equal(("A", 12), (bounds.Device, bounds.Recordings));
        Assert.Equal(0.08075, bounds.RmsMin, 1e-12);
        Assert.Equal(0.147, bounds.RmsMax, 1e-12);
        Assert.Equal(979.25, bounds.SpectralCentroidMin, 1e-9);
        Assert.Equal(1024.25, bounds.SpectralCentroidMax, 1e-9);
        Assert.Equal([10, 11, 12], Numbers(screen.ScreenedOut.Select(one => one.RecordingId)));
        Assert.Equal(
            new ScreenedRecording(new Guid(10, 0, 0, new byte[8]), "A", DateTimeOffset.UnixEpoch.AddSeconds(10), 0.122, 1200), screen.ScreenedOut[0]);
    }

    [Fact]
    public void Each_device_is_screened_by_its_own_and_one_with_few_recordings_not_at_all()
    {
        EligibleSet[] sets = [.. Device("A"), .. Device("B").Select(set => set with { Rms = 10 * set.Rms }), .. Device("C").Take(9).Select(set => set with { Rms = set.RecordedAt.Second })];

        var screen = QualityScreen.Of(sets)!;

        Assert.Equal(["A", "B"], screen.Devices.Select(device => device.Device));
        Assert.Equal(["A", "A", "A", "B", "B", "B"], screen.ScreenedOut.Select(one => one.Device));
        Assert.Null(QualityScreen.Of([.. sets.Where(set => set.Device == "C")]));
    }

    [Fact]
    public void A_value_on_the_fence_stays()
    {
        // numpy.percentile([0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 8], [25, 75]) is 2 and 4.5.
        double[] values = [0, 1, 2, 2, 3, 3, 4, 4, 5, 6, 8];
        EligibleSet[] sets = [.. values.Select((value, i) => Set(i, "A", 1) with { Rms = value })];

        var screen = QualityScreen.Of(sets)!;

        Assert.Equal((-3.0, 9.5), (screen.Devices[0].RmsMin, screen.Devices[0].RmsMax));
        Assert.Empty(screen.ScreenedOut);
        Assert.Empty(QualityScreen.Of([.. sets[..^1], sets[^1] with { Rms = 9.5 }])!.ScreenedOut);
        Assert.Single(QualityScreen.Of([.. sets[..^1], sets[^1] with { Rms = 9.51 }])!.ScreenedOut);
    }

    [Theory]
    [InlineData(0.1, 1.4)]
    [InlineData(0.25, 2)]
    [InlineData(0.5, 4)]
    [InlineData(0.75, 8)]
    [InlineData(1, 16)]
    public void Quantiles_are_those_of_numpy(double q, double expected) => Assert.Equal(expected, QualityScreen.Quantile([1, 2, 4, 8, 16], q), 1e-12);

    private static IEnumerable<EligibleSet> DeviceSets(string device) =>
        Rms.Select((rms, i) => Set(i + 1, device, 1) with { Rms = rms, SpectralCentroid = Centroid[i] });

    private static EligibleSet[] Device(string device) => [.. DeviceSets(device)];
}
