using Microsoft.Extensions.Logging.Abstractions;
using Platform.Contracts;
using Platform.Models;
using Platform.Predictor.Serving;

namespace Platform.Predictor.Tests;

/// <summary>Who stays in memory: 1 MiB here, and packages that say to be of 0.4 MiB, so two fit.</summary>
public sealed class ModelMemoryTests
{
    private const long Size = 400 * 1024;

    private readonly ModelMemory _memory = new(new ServingOptions { ModelMemoryMebibytes = 1 }, TimeProvider.System, NullLogger<ModelMemory>.Instance);

    private long _now = TimeProvider.System.GetTimestamp();

    [Fact]
    public void The_model_unused_for_longest_makes_room()
    {
        var (first, second, third) = (Used(), Used(), Used());
        Keep(first);
        Keep(second);
        first.Used(++_now);

        Keep(third);

        Assert.Equal((true, false, true), (InMemory(first), InMemory(second), InMemory(third)));
        Assert.Equal((2, 2 * Size), (_memory.Count, _memory.Bytes));
    }

    [Fact]
    public void A_model_to_go_back_to_leaves_before_one_that_serves_and_a_silent_device_before_one_that_is_heard()
    {
        var (previous, active, silent) = (Used(), Used(), Used());
        new ServedModel(previous.Deployed with { Deployment = 2 }).Supersede(previous);
        active.HeardRecording(_now);
        previous.Used(++_now);
        Keep(active);
        Keep(previous);

        Keep(silent);
        Assert.Equal((true, false, true), (InMemory(active), InMemory(previous), InMemory(silent)));

        Keep(Used()); // the active one has been unused for longest, but its device sends recordings
        Assert.Equal((true, false), (InMemory(active), InMemory(silent)));
    }

    [Fact]
    public void When_active_models_alone_are_too_many_they_take_turns_and_the_newest_always_fits()
    {
        var models = Enumerable.Range(0, 4).Select(_ => Used()).ToList();
        foreach (var model in models)
        {
            model.HeardRecording(_now);
            Keep(model);
            Assert.True(InMemory(model));
        }

        Assert.Equal(2, models.Count(InMemory));
        var giant = Used();
        _memory.Keep(giant, Package(10 * Size));
        Assert.Equal((true, 1), (InMemory(giant), _memory.Count));
    }

    [Fact]
    public void A_model_that_nobody_has_asked_for_pushes_nobody_out_but_counts_as_verified()
    {
        var (first, second, unasked) = (Used(), Used(), Served());
        Keep(first);
        Keep(second);

        var package = Keep(unasked);

        Assert.Equal((true, true, false), (InMemory(first), InMemory(second), InMemory(unasked)));
        Assert.NotNull(unasked.FirstLoad);
        Assert.False(package.Model.TryUse()); // its memory is free
    }

    [Fact]
    public void What_leaves_memory_serves_its_lease_to_the_end()
    {
        var (first, stored) = (Used(), SampleAudio.Features(SampleAudio.Hum()).Patches);
        var package = Keep(first);
        var lease = first.TryLease()!;

        Keep(Used());
        Keep(Used());

        Assert.Null(first.TryLease());
        Assert.True(double.IsFinite(lease.Model.Score("LT-2", stored).Score));
        lease.Dispose();
        Assert.False(package.Model.TryUse());
    }

    [Fact]
    public void A_retired_model_never_comes_back_and_one_loaded_twice_is_held_once()
    {
        var (retired, twice) = (Used(), Used());
        _memory.Retire(retired);

        var late = Keep(retired);
        var first = Keep(twice);
        Keep(twice);

        Assert.Equal((false, true), (InMemory(retired), InMemory(twice)));
        Assert.False(late.Model.TryUse());
        Assert.False(first.Model.TryUse());
        Assert.Equal((1, Size), (_memory.Count, _memory.Bytes));
    }

    private static bool InMemory(ServedModel model) => model.Package is not null;

    private ServedModel Used()
    {
        var model = Served();
        model.Used(++_now);
        return model;
    }

    private static ServedModel Served() => new(new(
        "device/LT-2_all/conv-ae", 1, 1, ScopeModes.Device, ["LT-2"], "prefix", "manifest", "spec", null, null, "test", "test", DateTimeOffset.UnixEpoch));

    private ResidentPackage Keep(ServedModel model)
    {
        var package = Package(Size);
        _memory.Keep(model, package);
        return package;
    }

    private static ResidentPackage Package(long bytes) =>
        new(new(LoadedModel.Load(SampleModel.Create("LT-2", seed: 1).Package)), bytes, DateTimeOffset.UnixEpoch, LoadMilliseconds: 1);
}
