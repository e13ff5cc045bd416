using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Registry.Tests.Schedules;

public sealed class BatchTests(RegistryFixture registry) : ScheduleTest(registry)
{
    [Fact]
    public async Task All_runs_of_a_batch_start_and_its_results_are_counted()
    {
        var (one, other, busy) = (await Registry.NewDevice(), await Registry.NewDevice(), await Registry.NewDevice());
        await Registry.StartRun(busy);

        var response = await Registry.Post("batches", new { runs = new[] { Of(one), Of(other), Of(busy) } });

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var started = await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken);
        var id = started.GetProperty("batchId").GetGuid();
        Assert.Equal($"device/{busy}_all/conv-ae", Assert.Single(started.GetProperty("skipped").EnumerateArray()).GetString());
        await Eventually.Is(() => Registry.Heard<PrepareTraining>().Count(message => message.BatchId == id) == 2);
        var runs = started.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("id").GetGuid()).ToList();
        await Registry.Complete(await Registry.GetRun(runs[0]));
        await Registry.Post($"runs/{runs[1]}/cancel", new { });

        var batch = await Registry.Get<JsonElement>($"batches/{id}");
        Assert.Equal("""{"completed":1,"cancelled":1}""", Sorted(batch.GetProperty("runs")));
        Assert.Equal("""{"deployed":1}""", Sorted(batch.GetProperty("versions")));
        Assert.Equal(JsonValueKind.Null, batch.GetProperty("firing").ValueKind);
        var first = await Registry.Get<JsonElement>($"batches/{id}?limit=1");
        var second = await Registry.Get<JsonElement>($"batches/{id}?limit=1&after={Uri.EscapeDataString(first.GetProperty("next").GetString()!)}");
        Assert.Equal(runs.Order(), new[] { first, second }.Select(page => page.GetProperty("page")[0].GetProperty("id").GetGuid()).Order());
    }

    [Fact]
    public async Task A_batch_with_one_wrong_run_starts_none_and_names_it()
    {
        var device = await Registry.NewDevice();

        var wrong = await Registry.Post("batches", new { runs = new object[] { Of(device), new { mode = "device", device = "LT-404" }, new { mode = "device", device, parameters = new { maxSteps = 0 } } } });
        var twice = await Registry.Post("batches", new { runs = new[] { Of(device), Of(device) } });
        var none = await Registry.Post("batches", new { runs = Array.Empty<object>() });

        Assert.All([wrong, twice, none], response => Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode));
        var detail = (await wrong.Content.ReadFromJsonAsync<JsonElement>(CancellationToken)).GetProperty("detail").GetString()!;
        Assert.Contains("runs[1].device: unknown device: 'LT-404'", detail, StringComparison.Ordinal);
        Assert.Contains("runs[2].parameters.maxSteps: 0 is out of range", detail, StringComparison.Ordinal);
        Assert.Empty(Prepared(device));
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync($"batches/{Guid.NewGuid()}", CancellationToken)).StatusCode);
    }

    private static object Of(string device) => new { mode = "device", device };

    private static string Sorted(JsonElement counts) =>
        JsonSerializer.Serialize(counts.EnumerateObject().OrderByDescending(count => count.Name, StringComparer.Ordinal).ToDictionary(count => count.Name, count => count.Value.GetInt32()));
}
