using Platform.Contracts;
using Platform.Predictor.Shadows;

namespace Platform.Predictor.Tests;

public sealed class ShadowTableTests
{
    private readonly ShadowTable _table = new();

    [Fact]
    public void A_newer_shadow_of_a_model_takes_the_place_of_the_one_before_for_each_device()
    {
        Assert.True(_table.Keep(Shadow("a", version: 2, revision: 5, "LT-1", "LT-2")));

        Assert.True(_table.Keep(Shadow("a", version: 3, revision: 6, "LT-2", "LT-3")));

        Assert.Equal(["", "3", "3"], Versions("LT-1", "LT-2", "LT-3"));
    }

    [Fact]
    public void What_is_not_newer_changes_nothing()
    {
        _table.Keep(Shadow("a", version: 2, revision: 5, "LT-1") with { State = ShadowStates.Dropped });

        Assert.False(_table.Keep(Shadow("a", version: 2, revision: 4, "LT-1")));
        Assert.False(_table.Keep(Shadow("a", version: 2, revision: 5, "LT-1")));
        Assert.Equal([""], Versions("LT-1"));
        Assert.Equal(ShadowStates.Dropped, _table.Find("a")!.State);
    }

    [Fact]
    public void A_device_has_a_shadow_of_each_model_that_it_belongs_to_and_each_ends_by_itself()
    {
        _table.Keep(Shadow("a", version: 2, revision: 1, "LT-1"));
        _table.Keep(Shadow("b", version: 7, revision: 1, "LT-1", "LT-2"));

        Assert.Equal(["2,7", "7"], Versions("LT-1", "LT-2"));
        _table.Keep(Shadow("a", version: 2, revision: 2, "LT-1") with { State = ShadowStates.Promoted });
        Assert.Equal(["7", "7"], Versions("LT-1", "LT-2"));
    }

    [Fact]
    public void Giving_up_concerns_that_shadow_and_not_the_one_that_came_meanwhile()
    {
        var refused = Shadow("a", version: 2, revision: 1, "LT-1");
        _table.Keep(refused);
        _table.Keep(Shadow("a", version: 3, revision: 2, "LT-1"));

        _table.GiveUp(refused);
        Assert.Equal(["3"], Versions("LT-1"));

        _table.GiveUp(_table.Find("a")!);
        Assert.Equal([""], Versions("LT-1"));
        Assert.False(_table.Keep(Shadow("a", version: 3, revision: 2, "LT-1"))); // said again, it is still the one that was refused
    }

    private IEnumerable<string> Versions(params string[] devices) =>
        devices.Select(device => string.Join(',', _table.Of(device).Select(shadow => shadow.Version).Order()));

    private static ShadowDeployed Shadow(string modelId, int version, long revision, params string[] devices) => new(
        revision, modelId, version, revision, ShadowStates.Live, ScopeModes.Device, devices, "models/x", "sha", "spec", "test", "test",
        DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);
}
