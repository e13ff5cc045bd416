using Microsoft.Extensions.Logging.Abstractions;
using Platform.Contracts;
using Platform.Models;
using Platform.Predictor.Devices;
using Platform.Predictor.Serving;

namespace Platform.Predictor.Tests;

public sealed class ServingTableTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);

    private readonly ModelMemory _memory = new(new ServingOptions(), TimeProvider.System, NullLogger<ModelMemory>.Instance);
    private readonly ServingTable _table;

    public ServingTableTests() => _table = new(_memory, TimeProvider.System);

    public void Dispose() => _table.Dispose();

    [Fact]
    public void The_most_specific_model_serves_a_device_whatever_order_they_came_in()
    {
        _table.Swap(Served(SampleModel.Create("site", "S001_all", "pooled", ["LT-2", "LT-3", "LT-4"], seed: 1), deployment: 1));
        _table.Swap(Served(SampleModel.Create("LT-2", seed: 2), deployment: 1));
        _table.Swap(Served(SampleModel.Create("machine_type", "pump_all", "pooled", ["LT-2", "LT-3"], seed: 3), deployment: 1));

        Assert.Equal("device/LT-2_all/conv-ae", Serving("LT-2"));
        Assert.Equal("machine_type/pump_all/pooled/conv-ae", Serving("LT-3"));
        Assert.Equal("site/S001_all/pooled/conv-ae", Serving("LT-4"));
        Assert.Null(Serving("LT-5"));
    }

    [Fact]
    public void Of_equally_specific_models_the_one_deployed_last_serves()
    {
        var pooled = Served(SampleModel.Create("site", "S001_all", "pooled", ["LT-2"], seed: 1), deployment: 1, deployedAt: Noon.AddHours(1));
        var balanced = Served(SampleModel.Create("site", "S001_all", "balanced", ["LT-2"], seed: 2), deployment: 7, deployedAt: Noon);

        _table.Swap(pooled);
        _table.Swap(balanced);

        Assert.Equal("site/S001_all/pooled/conv-ae", Serving("LT-2"));
    }

    [Fact]
    public void A_device_that_moves_is_served_by_the_models_of_its_new_place_first()
    {
        _table.Swap(Served(SampleModel.Create("global", "all", "pooled", ["LT-2", "LT-3"], seed: 1), deployment: 1));
        _table.Swap(Served(SampleModel.Create("site", "S001_all", "pooled", ["LT-2", "LT-3"], seed: 2), deployment: 1, deployedAt: Noon.AddHours(1)));
        _table.Swap(Served(SampleModel.Create("machine_type", "pump_specific_S001", "pooled", ["LT-2"], seed: 3), deployment: 1));
        _table.Place([new("LT-2", "S001", "pump", Revision: 1), new("LT-3", "S001", "fan", Revision: 1)]);
        Assert.Equal("machine_type/pump_specific_S001/pooled/conv-ae", Serving("LT-2"));

        _table.Place([new("LT-2", "S002", "pump", Revision: 2)]);
        Assert.Equal("global/all/pooled/conv-ae", Serving("LT-2"));
        Assert.Equal("site/S001_all/pooled/conv-ae", Serving("LT-3"));

        _table.Swap(Served(SampleModel.Create("site", "S002_all", "pooled", ["LT-2"], seed: 4), deployment: 1));
        Assert.Equal("site/S002_all/pooled/conv-ae", Serving("LT-2"));

        _table.Place([new("LT-2", "S001", "pump", Revision: 1)]); // late
        Assert.Equal("site/S002_all/pooled/conv-ae", Serving("LT-2"));
        _table.Place([new("LT-2", "S001", "pump", Revision: 3)]);
        Assert.Equal("machine_type/pump_specific_S001/pooled/conv-ae", Serving("LT-2"));
    }

    [Fact]
    public async Task Of_a_place_that_it_has_left_a_model_serves_until_there_is_another()
    {
        _table.Swap(Served(SampleModel.Create("site", "S001_all", "pooled", ["LT-2"], seed: 1), deployment: 1));
        Assert.True(await _table.Changed.Wait(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken));

        _table.Place([new("LT-2", "S002", "pump", Revision: 1)]);

        Assert.Equal("site/S001_all/pooled/conv-ae", Serving("LT-2"));
        Assert.False(await _table.Changed.Wait(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken)); // nothing to score anew
    }

    [Fact]
    public void A_device_that_came_after_the_training_has_no_model_wherever_it_stands()
    {
        _table.Swap(Served(SampleModel.Create("site", "S001_all", "pooled", ["LT-2"], seed: 1), deployment: 1));

        _table.Place([new("LT-9", "S001", "pump", Revision: 1)]);

        Assert.Null(Serving("LT-9"));
    }

    [Fact]
    public void A_device_that_a_new_version_leaves_out_falls_back_to_the_next_model()
    {
        _table.Swap(Served(SampleModel.Create("global", "all", "pooled", ["LT-2", "LT-3"], seed: 1), deployment: 1));
        _table.Swap(Served(SampleModel.Create("site", "S001_all", "pooled", ["LT-2", "LT-3"], seed: 2), deployment: 1));
        _table.Swap(Served(SampleModel.Create("site", "S001_all", "pooled", ["LT-2"], seed: 3), deployment: 2));

        Assert.Equal("site/S001_all/pooled/conv-ae", Serving("LT-2"));
        Assert.Equal("global/all/pooled/conv-ae", Serving("LT-3"));
    }

    [Fact]
    public void A_lower_or_equal_deployment_number_changes_nothing()
    {
        var model = SampleModel.Create("LT-2", seed: 1);
        _table.Swap(Served(model, deployment: 5));

        var equal = Served(model, deployment: 5);
        var lower = Served(model, deployment: 4);

        Assert.False(_table.Swap(equal));
        Assert.False(_table.Swap(lower));
        Assert.Equal(5, _table.Find(model.Id)!.Value.Current.Deployed.Deployment);
        _memory.Retire(equal);
        _memory.Retire(lower);
    }

    [Fact]
    public void The_model_before_stays_in_memory_and_the_one_before_that_is_freed_when_its_last_lease_ends()
    {
        var model = SampleModel.Create("LT-2", seed: 1);
        var (first, second, third) = (Served(model, 1), Served(model, 2), Served(model, 3));
        _table.Swap(first);
        var lease = Lease("LT-2")!;

        _table.Swap(second);
        _table.Swap(third);

        var stored = SampleAudio.Features(SampleAudio.Hum()).Patches;
        Assert.True(double.IsFinite(lease.Model.Score("LT-2", stored).Score));
        lease.Dispose();
        Assert.Null(first.Package);
        Assert.Throws<ObjectDisposedException>(() => lease.Model.Score("LT-2", stored));
        Assert.Same(second, _table.Find(model.Id)!.Value.Previous);
        Assert.True(double.IsFinite(second.Package!.Model.Value.Score("LT-2", stored).Score));
    }

    [Fact]
    public void A_lease_that_is_disposed_twice_is_returned_once()
    {
        _table.Swap(Served(SampleModel.Create("LT-2", seed: 1), 1));
        using var other = Lease("LT-2")!;
        var lease = Lease("LT-2")!;

        lease.Dispose();
        lease.Dispose();
        _table.Dispose();

        Assert.True(double.IsFinite(other.Model.Score("LT-2", SampleAudio.Features(SampleAudio.Hum()).Patches).Score));
    }

    [Fact]
    public async Task Every_score_belongs_to_the_version_that_its_lease_names_while_deployments_alternate()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        SampleModel[] versions = [SampleModel.Create("LT-2", seed: 1), SampleModel.Create("LT-2", seed: 2)];
        double[] expected = [versions[0].Score(SampleAudio.Hum()), versions[1].Score(SampleAudio.Hum())];
        Assert.True(Math.Abs(expected[0] - expected[1]) > 1e-3 * expected[0], "The two models must differ, or the test shows nothing.");
        var stored = SampleAudio.Features(SampleAudio.Hum()).Patches;
        _table.Swap(Served(versions[0], deployment: 0));

        var scored = 0;
        using var swapping = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            while (!swapping.IsCancellationRequested)
            {
                using var lease = Lease("LT-2")!;
                var score = lease.Model.Score("LT-2", stored).Score;
                Assert.Equal(expected[lease.Deployed.Version], score, 1e-6 * expected[0]);
                Interlocked.Increment(ref scored);
            }
        }, cancellationToken)).ToArray();
        for (var deployment = 1; deployment <= 60; deployment++)
        {
            var before = Volatile.Read(ref scored);
            Assert.True(_table.Swap(Served(versions[deployment % 2], deployment)));
            SpinWait.SpinUntil(() => Volatile.Read(ref scored) > before || clients.Any(client => client.IsFaulted));
        }

        await swapping.CancelAsync();
        await Task.WhenAll(clients);
        Assert.True(scored >= 60);
    }

    private string? Serving(string device)
    {
        using var lease = Lease(device);
        return lease?.Deployed.ModelId;
    }

    private ModelLease? Lease(string device) => _table.ByDevice.GetValueOrDefault(device)?.TryLease();

    private ServedModel Served(SampleModel model, long deployment, DateTimeOffset? deployedAt = null)
    {
        var config = model.Package.Config;
        var deployed = new ModelDeployed(
            config.ModelId, (int)(deployment % 2), deployment, config.Mode, config.Devices, "prefix", $"manifest-{deployment}",
            config.FeatureSpec.Hash, null, null, "test", "test", deployedAt ?? Noon);
        var served = new ServedModel(deployed);
        served.Used(TimeProvider.System.GetTimestamp());
        _memory.Keep(served, new(new(LoadedModel.Load(model.Package)), Bytes: 1, Noon, LoadMilliseconds: 1));
        return served;
    }
}
