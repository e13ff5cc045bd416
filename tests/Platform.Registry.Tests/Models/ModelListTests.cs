using System.Net;
using Platform.Registry.Models;
using Platform.Registry.Paging;

namespace Platform.Registry.Tests.Models;

public sealed class ModelListTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task Models_are_listed_by_id_by_age_and_by_their_last_change()
    {
        var devices = new List<string>();
        for (var number = 0; number < 5; number++)
            devices.Add(await Registry.NewDevice(machineType: "compressor"));
        foreach (var device in devices.AsEnumerable().Reverse())
            await Registry.Complete(await Registry.StartRun(device));
        await Registry.Complete(await Registry.StartRun(devices[3]));
        var mine = devices.Select(device => $"device/{device}_all/conv-ae").ToList();

        Assert.Equal(mine.Order(StringComparer.Ordinal), await All("modelId"));
        Assert.Equal(mine.OrderDescending(StringComparer.Ordinal), await All("-modelId"));
        Assert.Equal(mine.AsEnumerable().Reverse(), await All("createdAt"));
        Assert.Equal(mine[3], (await All("-changedAt"))[0]);

        async Task<List<string>> All(string sort)
        {
            var ids = new List<string>();
            string? next = null;
            do
            {
                var page = await Registry.Get<Page<ModelSummary>>($"models?mode=device&modelType=conv-ae&limit=2&sort={sort}{(next is null ? "" : $"&after={next}")}");
                ids.AddRange(page.Items.Select(model => model.ModelId));
                next = page.Next;
            }
            while (next is not null);
            return [.. ids.Where(mine.Contains)];
        }
    }

    [Fact]
    public async Task Filters_leave_the_models_that_were_asked_for()
    {
        var served = await Registry.Complete(await Registry.StartRun(await Registry.NewDevice()));
        var waiting = await Registry.Complete(await Registry.StartRun(await Registry.NewDevice(), new { autoDeploy = false }));

        Assert.Equal((1, 1, 1), await Counts($"prefix={served.ModelId}"));
        Assert.Equal((1, 1, 1), await Counts($"device={served.Devices[0]}&deployed=true"));
        Assert.Equal((0, 0, 0), await Counts($"device={served.Devices[0]}&deployed=false"));
        Assert.Equal((1, 1, 0), await Counts($"device={waiting.Devices[0]}&deployed=false"));
        Assert.Equal((0, 0, 0), await Counts("device=%25"));
        Assert.Equal((0, 0, 0), await Counts("prefix=device/%25"));
        Assert.Equal(HttpStatusCode.BadRequest, (await Registry.Http.GetAsync("models?mode=nobody", CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Registry.Http.GetAsync("models?deployed=perhaps", CancellationToken)).StatusCode);

        async Task<(int Items, long Total, int Champions)> Counts(string query)
        {
            var page = await Registry.Get<Page<ModelSummary>>($"models?{query}");
            return (page.Items.Count, page.Total, page.Items.Count(model => model.Champion is not null));
        }
    }

    [Fact]
    public async Task Versions_are_read_page_by_page_and_a_model_comes_with_its_newest()
    {
        var device = await Registry.NewDevice();
        for (var number = 0; number < 3; number++)
            await Registry.Complete(await Registry.StartRun(device, new { autoDeploy = number == 0 }));
        var path = $"models/device/{device}_all/conv-ae";

        var first = await Registry.Get<Page<ModelVersion>>($"{path}/versions?limit=2");
        var second = await Registry.Get<Page<ModelVersion>>($"{path}/versions?limit=2&after={first.Next}");
        Assert.Equal([3, 2, 1], first.Items.Concat(second.Items).Select(version => version.Version));
        Assert.Equal((3, null), (first.Total, second.Next));
        Assert.Equal([1, 2, 3], (await Registry.Get<Page<ModelVersion>>($"{path}/versions?sort=version")).Items.Select(version => version.Version));
        Assert.Equal([1], (await Registry.Get<Page<ModelVersion>>($"{path}/versions?state=deployed")).Items.Select(version => version.Version));

        var model = await Registry.Get<ModelView>($"{path}?versions=1");
        Assert.Equal((3, 3), (model.LastVersion, Assert.Single(model.Versions).Version));
        Assert.All(model.History, happened => Assert.Equal(3, happened.Version));

        Assert.Equal(HttpStatusCode.BadRequest, (await Registry.Http.GetAsync($"{path}?versions=0", CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Registry.Http.GetAsync($"{path}/versions?state=asleep", CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync("models/device/NOBODY_all/conv-ae/versions", CancellationToken)).StatusCode);
    }
}
