using System.Net;
using System.Text;
using Platform.Hosting;
using Platform.Registry.Runs.Files;

namespace Platform.Registry.Tests.Runs;

public sealed class RunFilesTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task The_folder_of_a_run_is_listed_and_read()
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        var log = Encoding.UTF8.GetBytes("epoch 1 größer\n");
        await Registry.Objects.TryCreate($"runs/{run.Name}/logs/training.log", log, CancellationToken);
        await Registry.Objects.TryCreate($"runs/{run.Name}-2/logs/training.log", log, CancellationToken);
        await Registry.Objects.TryCreate($"runs/{run.Name}/results/loss_curve.svg", Encoding.UTF8.GetBytes("<svg/>"), CancellationToken);

        var files = await Registry.Get<RunFile[]>($"runs/{run.Id}/files");
        Assert.Equal([("logs/training.log", log.Length), ("results/loss_curve.svg", 6)], files.Select(file => (file.Path, (int)file.Size)));

        var response = await Registry.Http.GetAsync($"runs/{run.Name}/files/logs/training.log", CancellationToken);
        Assert.Equal(log, await response.Content.ReadAsByteArrayAsync(CancellationToken));
        Assert.Equal(("text/plain", (long?)log.Length), (response.Content.Headers.ContentType!.MediaType, response.Content.Headers.ContentLength));
        Assert.Equal(log, await Registry.Http.GetByteArrayAsync($"runs/{run.Name}/files/logs%2Ftraining.log", CancellationToken));
    }

    [Theory]
    [InlineData("nothing.txt", HttpStatusCode.NotFound)]
    [InlineData("..%2Fother%2Fconfig.json", HttpStatusCode.BadRequest)]
    [InlineData("logs%2F..%2F..%2Fother%2Fconfig.json", HttpStatusCode.BadRequest)]
    [InlineData("logs%2F%2Ftraining.log", HttpStatusCode.BadRequest)]
    [InlineData("a%00b", HttpStatusCode.BadRequest)]
    public async Task Nothing_outside_the_folder_is_read(string path, HttpStatusCode status)
    {
        var run = await Registry.StartRun(await Registry.NewDevice());
        await Registry.Objects.Put("runs/other/config.json", new MemoryStream([1]), CancellationToken);

        Assert.Equal(status, (await Registry.Http.GetAsync($"runs/{run.Name}/files/{path}", CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync("runs/other/files/config.json", CancellationToken)).StatusCode);
    }
}
