using System.Net.Http.Headers;
using System.Net.Http.Json;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>One replica of three hangs: its machine swaps, or is being moved.</summary>
public sealed class FrozenReplicaTests(RunningPredictor platform) : IClassFixture<RunningPredictor>
{
    private const int HeldByOne = 16; // messages that the broker hands to a replica before it acknowledges one

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_frozen_replica_stops_neither_scoring_nor_deployments_and_catches_up_when_it_wakes()
    {
        var device = RunningPredictor.NewDevice();
        var (second, frozen) = (await platform.AddReplica(), await platform.AddReplica());
        SampleModel[] versions = [SampleModel.Create(device, seed: 1), SampleModel.Create(device, seed: 2)];
        await platform.Bus.Publish(await versions[0].Publish(platform.Objects, 1, 1));
        await LoadedBy(3, deployment: 1);

        await frozen.Freeze();
        await platform.Bus.Publish(await versions[1].Publish(platform.Objects, 2, 2));
        var features = new List<FeaturesExtracted>();
        for (var i = 0; i < 60; i++)
            features.Add(await platform.StoreFeatures(SampleAudio.Hum(i), device, DateTimeOffset.UtcNow.AddSeconds(i)));
        foreach (var one in features)
            await platform.Bus.Publish(one);

        await LoadedBy(2, deployment: 2);
        await Eventually.Is(() => Scores().Distinct().Count() >= features.Count - HeldByOne, Patience);
        Assert.Equal(2, await VersionOf(platform.Replica, device));
        Assert.Equal(2, await VersionOf(second, device));

        await frozen.Thaw();
        await Eventually.Is(() => Scores().Distinct().Count() == features.Count, Patience);
        await LoadedBy(3, deployment: 2);
        Assert.Equal(2, await VersionOf(frozen, device));
        Assert.Equal(features.Count, (await platform.Predictions(device)).Length);

        IEnumerable<Guid> Scores() => platform.Bus.Heard<RecordingScored>().Where(one => one.Device == device).Select(one => one.RecordingId);
        Task LoadedBy(int replicas, long deployment) => Eventually.Is(
            () => platform.Bus.Heard<ModelLoaded>().Where(one => one.ModelId == versions[0].Id && one.Deployment == deployment)
                .Select(one => one.Replica).Distinct().Count() == replicas,
            Patience);
    }

    private static async Task<int> VersionOf(ServiceProcess replica, string device)
    {
        using var content = new ByteArrayContent(SampleAudio.Hum()) { Headers = { ContentType = new MediaTypeHeaderValue("audio/wav") } };
        using var response = await replica.Http.PostAsync($"devices/{device}/score", content, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<Answer>(TestContext.Current.CancellationToken))!.Version;
    }
}
