using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Registry.Imports;
using Platform.Registry.Models;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.Imports;

public sealed class ImportTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task An_import_keeps_its_number_is_registered_and_later_numbers_go_on_after_the_highest()
    {
        var device = await Registry.NewDevice();
        var seventh = await Import(device, 7);
        var third = await Import(device, 3, "others");
        var trained = await Registry.Complete(await Registry.StartRun(device, new { autoDeploy = false }));

        Assert.Equal((7, 3, 8), (seventh.Version, third.Version, trained.Version));
        var model = await Registry.GetModel(seventh.ModelId);
        Assert.Equal($"device/{device}_all/conv-ae", seventh.ModelId);
        Assert.Equal([3, 7, 8], model.Versions.Select(version => version.Version));
        var version = model.Versions[0];
        Assert.Equal((VersionStates.Registered, null, third.Id), (version.State, version.DatasetId, version.RunId));
        Assert.Contains("imported from a test", version.Reason, StringComparison.Ordinal);
        Assert.Null(model.Champion);
        Assert.Equal(HttpStatusCode.Created, (await Registry.Post("deployments", new { seventh.ModelId, version = 3 })).StatusCode);
        await Eventually.Is(() => Registry.Heard<ModelDeployed>().Any(deployed => deployed.ModelId == seventh.ModelId && deployed.DatasetId is null));
    }

    [Fact]
    public async Task The_same_files_again_are_the_same_version_and_other_files_a_conflict_that_says_what_stands_there()
    {
        var device = await Registry.NewDevice();
        var first = await Import(device, 2);

        var again = await Upload(Files(device), $"version=2&modelId={first.ModelId}");
        var unnumbered = await Upload(Files(device), "");
        var other = await Upload(Files(device, "other weights"), "version=2");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (again.StatusCode, unnumbered.StatusCode));
        var known = await again.Content.ReadFromJsonAsync<StartedImport>(CancellationToken);
        Assert.Equal((first.Id, 2), (known!.Id, known.Version));
        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        var problem = await other.Content.ReadFromJsonAsync<JsonElement>(CancellationToken);
        Assert.Equal((2, first.Id), (problem.GetProperty("version").GetProperty("version").GetInt32(), problem.GetProperty("version").GetProperty("runId").GetGuid()));
        Assert.Single((await Registry.GetModel(first.ModelId)).Versions);
    }

    [Fact]
    public async Task A_package_that_was_exported_and_comes_back_is_the_version_that_it_was()
    {
        var run = await Registry.Complete(await Registry.StartRun(await Registry.NewDevice()));
        var files = new Dictionary<string, byte[]>();
        await using (var zip = new ZipArchive(await Registry.Http.GetStreamAsync($"models/{run.ModelId}/versions/1/package.zip", CancellationToken)))
        {
            foreach (var entry in zip.Entries)
            {
                using var content = new MemoryStream();
                await using var stream = await entry.OpenAsync(CancellationToken);
                await stream.CopyToAsync(content, CancellationToken);
                files[entry.FullName] = content.ToArray();
            }
        }

        files["scales/" + run.Devices[0] + ".npy"] = [1];
        var response = await Upload(files, $"modelId={run.ModelId}&version=1");
        var damaged = new Dictionary<string, byte[]>(files) { ["model.pth"] = [1] };

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(run.Id, (await response.Content.ReadFromJsonAsync<StartedImport>(CancellationToken))!.Id);
        Assert.Contains("model.pth: Its SHA-256 is", await Refusal(damaged, $"modelId={run.ModelId}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_imports_of_one_number_at_once_are_one_version()
    {
        var device = await Registry.NewDevice();

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Upload(Files(device), "version=1")));

        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.Accepted);
        Assert.All(answers, answer => Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Accepted, HttpStatusCode.OK, HttpStatusCode.Conflict }));
        Assert.Single((await Registry.GetRuns($"device={device}")).Items);
    }

    [Fact]
    public async Task What_stands_in_the_way_is_named()
    {
        var device = await Registry.NewDevice();
        await Registry.Objects.TryCreate($"models/device/{device}_all/conv-ae/v4/model.pth", "unknown"u8.ToArray(), CancellationToken);
        Assert.Contains("objects that no row knows", await Refusal(Files(device), "version=4", HttpStatusCode.Conflict), StringComparison.Ordinal);

        await Registry.StartRun(device);
        Assert.Contains("has an active run already", await Refusal(Files(device), "version=5", HttpStatusCode.Conflict), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_number_is_never_given_again()
    {
        var device = await Registry.NewDevice();
        var run = await Import(device, 1);
        await Import(device, 2, "others");
        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        await Dapper.SqlMapper.ExecuteAsync(
            connection, "UPDATE model_version SET state = 'deleted', deleted_at = now() WHERE run_id = @Id", new { run.Id });

        Assert.Contains("it is deleted since", await Refusal(Files(device), "version=1", HttpStatusCode.Conflict), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../model.pth", "no relative path")]
    [InlineData("/etc/passwd", "no relative path")]
    [InlineData("thresholds/../../x.npy", "no relative path")]
    [InlineData("a\\b.npy", "no relative path")]
    public async Task A_name_that_leaves_the_folder_is_refused(string name, string reason)
    {
        var device = await Registry.NewDevice();

        Assert.Contains(reason, await Refusal(new(Files(device)) { [name] = [1] }, ""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bomb_is_refused_while_it_is_unpacked()
    {
        var device = await Registry.NewDevice();

        Assert.Contains("unpacks to more than", await Refusal(new(Files(device)) { ["golden.npz"] = new byte[300 << 20] }, "", HttpStatusCode.RequestEntityTooLarge), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_missing_or_unknown_is_named()
    {
        var device = await Registry.NewDevice();
        var files = Files(device);

        Assert.Contains("no 'ae_model.pth'", await Refusal(new(files.Where(file => file.Key != "ae_model.pth")), ""), StringComparison.Ordinal);
        Assert.Contains("'model.pth' and 'ae_model.pth' differ", await Refusal(new(files) { ["model.pth"] = [9] }, ""), StringComparison.Ordinal);
        Assert.Contains("unknown device 'LT-404'", await Refusal(Files("LT-404"), ""), StringComparison.Ordinal);
        Assert.Contains("'device/x' is no model id", await Refusal(files, "modelId=device/x"), StringComparison.Ordinal);
        Assert.Contains("is not part of 'site/S009_all/pooled/conv-ae'", await Refusal(files, "modelId=site/S009_all/pooled/conv-ae"), StringComparison.Ordinal);
        Assert.Contains("versions start at 1", await Refusal(files, "version=0"), StringComparison.Ordinal);
        using var text = new StringContent("no zip");
        text.Headers.ContentType = new MediaTypeHeaderValue("application/zip");
        Assert.Contains("cannot be read", await (await Registry.Http.PostAsync("imports", text, CancellationToken)).Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
    }

    private async Task<Run> Import(string device, int version, string weights = "weights")
    {
        var response = await Upload(Files(device, weights), $"version={version}&source=a%20test");
        var body = await response.Content.ReadAsStringAsync(CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, body);
        var run = await Registry.GetRun(JsonSerializer.Deserialize<StartedImport>(body, JsonSerializerOptions.Web)!.Id);
        await Eventually.Is(() => Registry.Heard<ImportModel>().Any(message => message.RunId == run.Id));
        var message = Registry.Heard<ImportModel>().First(message => message.RunId == run.Id);
        var given = await Artifacts.Read(Registry.Objects, message.FilesPrefix, message.FilesManifestSha256, CancellationToken);
        Assert.Equal(["global_scale.npy", "model.pth", $"thresholds/threshold_{device}.npy"], given.Files.Keys.Order(StringComparer.Ordinal));
        return await Registry.Complete(run, await Registry.Train(run) with { DatasetId = "" });
    }

    private async Task<string> Refusal(Dictionary<string, byte[]> files, string query, HttpStatusCode status = HttpStatusCode.BadRequest)
    {
        var response = await Upload(files, query);
        var body = await response.Content.ReadAsStringAsync(CancellationToken);
        Assert.True(response.StatusCode == status, body);
        return JsonSerializer.Deserialize<JsonElement>(body).GetProperty("detail").GetString()!;
    }

    private async Task<HttpResponseMessage> Upload(IReadOnlyDictionary<string, byte[]> files, string query)
    {
        using var archive = new MemoryStream();
        await using (var zip = new ZipArchive(archive, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                await using var entry = await zip.CreateEntry(name, CompressionLevel.Fastest).OpenAsync(CancellationToken);
                await entry.WriteAsync(content, CancellationToken);
            }
        }

        using var body = new ByteArrayContent(archive.ToArray());
        body.Headers.ContentType = new MediaTypeHeaderValue("application/zip");
        return await Registry.Http.PostAsync($"imports?{query}", body, CancellationToken);
    }

    private static Dictionary<string, byte[]> Files(string device, string weights = "weights") => new()
    {
        ["ae_model.pth"] = Encoding.UTF8.GetBytes(weights),
        ["global_scale.npy"] = [1, 2],
        [$"thresholds/threshold_{device}.npy"] = [3],
        ["training.json"] = [4],
    };
}
