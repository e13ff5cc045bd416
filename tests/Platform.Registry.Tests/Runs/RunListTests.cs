using System.Net;
using System.Text.Json;
using Platform.Contracts;
using Platform.Registry.Paging;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.Runs;

public sealed class RunListTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Theory]
    [InlineData("")]
    [InlineData("sort=-createdAt&")]
    [InlineData("sort=createdAt&")]
    [InlineData("sort=name&")]
    [InlineData("sort=-name&")]
    public async Task Pages_hold_every_run_once_and_in_order_though_runs_are_added_meanwhile(string sort)
    {
        var prefix = $"list-{Guid.NewGuid():N}-";
        var names = new List<string>();
        for (var number = 0; number < 7; number++)
            names.Add((await Registry.StartRun(await Registry.NewDevice(), name: $"{prefix}{number}")).Name);

        var read = new List<string>();
        string? next = null;
        do
        {
            var page = await Registry.GetRuns($"{sort}name={prefix}&limit=3{(next is null ? "" : $"&after={next}")}");
            if (next is null)
                Assert.Equal(7, page.Total);
            Assert.True(page.Items.Count <= 3);
            read.AddRange(page.Items.Select(run => run.Name));
            next = page.Next;

            // It belongs before the page when the order counts down, and to those still to come when it counts up.
            await Registry.StartRun(await Registry.NewDevice(), name: $"{prefix}x{read.Count}");
        }
        while (next is not null);

        var counted = sort is "" || sort.Contains("=-", StringComparison.Ordinal) ? names.AsEnumerable().Reverse() : names;
        Assert.Equal(counted, read.Where(names.Contains));
        Assert.Equal(read.Count, read.Distinct().Count());
    }

    [Fact]
    public async Task Filters_are_all_kept_and_the_total_counts_what_they_leave()
    {
        var (device, other) = (await Registry.NewDevice(), await Registry.NewDevice());
        var batch = Guid.NewGuid();
        var first = await Registry.Complete(await Registry.StartRun(device));
        var second = await Registry.StartRun(device);
        await Registry.Post("runs", new { mode = "device", device = other, batchId = batch });

        await Only($"device={device}", second.Id, first.Id);
        await Only($"device={device}&state=completed", first.Id);
        await Only($"device={device}&state=queued,failed", second.Id);
        await Only($"modelId={first.ModelId}&mode=device&sort=createdAt", first.Id, second.Id);
        await Only($"modelId={first.ModelId}&mode=site");
        await Only($"device={device}&createdFrom={second.CreatedAt:O}", second.Id);
        await Only($"device={device}&createdTo={second.CreatedAt:O}", first.Id);
        Assert.Equal(other, Assert.Single((await Registry.GetRuns($"batchId={batch}")).Items).ModelId.Split('/')[1].Split('_')[0]);

        async Task Only(string query, params Guid[] ids)
        {
            var page = await Registry.GetRuns(query);
            Assert.Equal(ids, page.Items.Select(run => run.Id));
            Assert.Equal(ids.Length, page.Total);
            Assert.Null(page.Next);
        }
    }

    [Theory]
    [InlineData("sort=colour", "'colour' is not allowed; allowed are createdAt, name")]
    [InlineData("sort=", "'' is not allowed")]
    [InlineData("after=nonsense", "after: it is not the 'next' of a page")]
    [InlineData("after=WyItY3JlYXRlZEF0IiwieCIsInkiXQ", "after: it is not the 'next' of a page of this list")]
    [InlineData("sort=name&after=WyItY3JlYXRlZEF0IiwieCIsInkiXQ", "sorted by '-createdAt', not by 'name'")]
    [InlineData("mode=plant", "'plant' is not a mode; allowed are device, machine_type, site, global")]
    [InlineData("state=queued,asleep", "'asleep' is not a state")]
    [InlineData("batchId=7", "BatchId\" from \"7\"")]
    [InlineData("createdFrom=2026-02-01&createdTo=2026-01-01", "is not after createdFrom")]
    public async Task A_bad_question_names_what_is_allowed(string query, string detail)
    {
        var response = await Registry.Http.GetAsync($"runs?{query}", CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(detail, JsonDocument.Parse(await response.Content.ReadAsStringAsync(CancellationToken)).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_is_shown_with_the_course_of_its_training()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        foreach (var epoch in new[] { 1, 2, 3 })
            await Registry.Publish(RegistryFixture.Progress(run.Id, TrainingPhases.Training, epoch * 10, epoch, 1.0 / epoch));
        await Eventually.Is(async () => (await Registry.Get<JsonElement>($"runs/{run.Id}")).GetProperty("metrics").GetArrayLength() == 3);

        var shown = await Registry.Get<JsonElement>($"runs/{run.Name}");
        Assert.Equal([1.0, 0.5, 1.0 / 3], shown.GetProperty("metrics").EnumerateArray().Select(epoch => epoch.GetProperty("trainingLoss").GetDouble()));
        Assert.Equal([3], (await Registry.Get<EpochRow[]>($"runs/{run.Id}/epochs?after=2")).Select(epoch => epoch.Epoch));
        Assert.Equal(JsonValueKind.Null, (await Registry.Get<JsonElement>($"runs/{run.Id}?metrics=false")).GetProperty("metrics").ValueKind);
    }
}
