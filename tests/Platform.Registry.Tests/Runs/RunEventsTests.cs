using System.Net.ServerSentEvents;
using System.Text.Json;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Registry.Tests.Runs;

public sealed class RunEventsTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task A_run_is_followed_to_its_end_also_from_another_replica()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        await using var replica = await Registry.Start();
        await using var here = await Followed.Start(Registry.Http, run.Id);
        await using var there = await Followed.Start(replica.Http, run.Id);

        await Registry.Publish(RegistryFixture.Progress(run.Id, TrainingPhases.Training, 10, epoch: 1, loss: 0.5));
        await Registry.Publish(RegistryFixture.Progress(run.Id, TrainingPhases.Training, 15, epoch: 1, loss: 0.25));
        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).Step == 15);
        Assert.DoesNotContain(here.Seen, one => one.EventType == "epoch"); // it goes on
        await Registry.Publish(RegistryFixture.Progress(run.Id, TrainingPhases.Training, 20, epoch: 2, loss: 0.125));
        await Eventually.Is(() => here.Seen.Any(one => one.EventType == "epoch") && there.Seen.Any(one => one.EventType == "epoch"));
        await Registry.Complete(run);

        foreach (var followed in new[] { here, there })
        {
            await followed.Ended;
            Assert.Equal([("1", 0.25), ("2", 0.125)], followed.Epochs);
            Assert.Equal("queued", followed.States[0]);
            Assert.Equal("completed", followed.States[^1]);
            Assert.Equal(("end", 1), (followed.Seen.Last().EventType, JsonDocument.Parse(followed.Seen.Last().Data).RootElement.GetProperty("version").GetInt32()));
        }
    }

    [Fact]
    public async Task Who_lost_the_connection_goes_on_behind_the_last_epoch_that_was_seen()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        foreach (var epoch in new[] { 1, 2, 3 })
            await Registry.Publish(RegistryFixture.Progress(run.Id, TrainingPhases.Training, epoch * 10, epoch, 1.0 / epoch));
        await Eventually.Is(async () => (await Registry.GetRun(run.Id)).Epoch == 3);
        await Registry.Complete(run);

        await using var followed = await Followed.Start(Registry.Http, run.Id, lastEventId: "2");

        await followed.Ended;
        Assert.Equal(["3"], followed.Epochs.Select(epoch => epoch.Id));
    }

    [Fact]
    public async Task A_follower_does_not_keep_the_service_from_stopping()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        await using var replica = await Registry.Start();
        await using var followed = await Followed.Start(replica.Http, run.Id);
        await Eventually.Is(() => !followed.Seen.IsEmpty);

        await replica.Stop().WaitAsync(TimeSpan.FromSeconds(25), CancellationToken); // one that waits for its followers takes 30

        await followed.Ended;
    }

    private sealed class Followed(HttpResponseMessage response) : IAsyncDisposable
    {
        public System.Collections.Concurrent.ConcurrentQueue<SseItem<string>> Seen { get; } = new();

        public Task Ended { get; private set; } = Task.CompletedTask;

        public List<string> States => [.. Seen.Where(one => one.EventType == "run").Select(one => Text(one, "state"))];

        public IEnumerable<(string? Id, double Loss)> Epochs =>
            Seen.Where(one => one.EventType == "epoch").Select(one => (one.EventId, JsonDocument.Parse(one.Data).RootElement.GetProperty("trainingLoss").GetDouble()));

        public static async Task<Followed> Start(HttpClient http, Guid run, string? lastEventId = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"runs/{run}/events");
            if (lastEventId is not null)
                request.Headers.Add("Last-Event-ID", lastEventId);
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, CancellationToken);
            Assert.Equal("text/event-stream", response.EnsureSuccessStatusCode().Content.Headers.ContentType!.MediaType);
            var followed = new Followed(response);
            followed.Ended = followed.Read();
            return followed;
        }

        private async Task Read()
        {
            await foreach (var item in SseParser.Create(await response.Content.ReadAsStreamAsync(CancellationToken)).EnumerateAsync(CancellationToken))
                Seen.Enqueue(item);
        }

        private static string Text(SseItem<string> item, string name) => JsonDocument.Parse(item.Data).RootElement.GetProperty(name).GetString()!;

        public ValueTask DisposeAsync()
        {
            response.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
