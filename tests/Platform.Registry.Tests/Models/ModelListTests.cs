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
}
