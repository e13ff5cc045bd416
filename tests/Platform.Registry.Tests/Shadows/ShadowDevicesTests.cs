using Platform.Registry.Shadows;

namespace Platform.Registry.Tests.Shadows;

public sealed class ShadowDevicesTests
{
    private static readonly string[] Plant = [.. Enumerable.Range(1, 1_000).Select(number => $"LT-{number}")];

    [Theory]
    [InlineData(1_000, 0.2, 200)]
    [InlineData(15, 0.2, 3)]
    [InlineData(15, 0.21, 4)]
    [InlineData(3, 0.001, 1)]
    [InlineData(7, 1, 7)]
    public void A_share_is_rounded_up(int devices, double share, int expected) =>
        Assert.Equal(expected, ShadowDevices.Share(Plant[..devices], share).Count);

    [Fact]
    public void The_order_in_which_devices_are_listed_does_not_matter_and_a_larger_share_includes_a_smaller_one()
    {
        var tenth = ShadowDevices.Share(Plant, 0.1);

        Assert.Equal(tenth, ShadowDevices.Share([.. Plant.Reverse()], 0.1));
        Assert.Empty(tenth.Except(ShadowDevices.Share(Plant, 0.3)));
        Assert.NotEqual(Plant[..100].Order(StringComparer.Ordinal), tenth);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    public void A_share_out_of_range_is_refused(double share) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ShadowDevices.Share(Plant, share));
}
