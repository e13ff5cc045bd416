using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Platform.Contracts;
using Platform.Registry.Models;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.Models;

public sealed class VersionDetailTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task A_version_says_where_it_comes_from_what_it_is_made_of_and_what_became_of_it()
    {
        var (modelId, run) = await TwoVersions();
        await Registry.Post("deployments/rollback", new { modelId, actor = "ada", reason = "too loud" });

        var view = await Registry.Get<VersionView>($"models/{modelId}/versions/2");

        Assert.Equal((2, "1.1", VersionStates.Archived, run.Id, 1), (view.Version.Version, view.Version.Label!, view.Version.State, view.Version.RunId, view.Version.ParentVersion!.Value));
        Assert.Equal(("dataset-1", "spec-1", 3.0, 4.0), (view.Version.DatasetId!, view.Version.SpecHash!, view.Version.NewErrorDb2!.Value, view.Version.OldErrorDb2!.Value));
        Assert.Equal((run.Name, 400, 0.02), (view.Run.Name, view.Run.Steps!.Value, view.Run.ValidationLoss!.Value));
        Assert.Equal("full, device", view.Training!.Value.GetProperty("trainingDescription").GetString());

        // The hashes are those of the bytes that lie in the store.
        Assert.Equal(["config.json", "metadata.json", "model.pth"], view.Files.Select(file => file.Path));
        foreach (var file in view.Files)
        {
            await using var stream = await Registry.Objects.OpenRead($"models/{modelId}/v2/{file.Path}", CancellationToken);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes, CancellationToken);
            Assert.Equal((bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()))), (file.SizeBytes, file.Sha256));
        }

        Assert.Equal(view.Files.Sum(file => file.SizeBytes), view.Version.SizeBytes);
        Assert.Equal(
            [(VersionStates.Publishing, "registry"), (VersionStates.Registered, "registry"), (VersionStates.Deployed, "registry"), (VersionStates.Archived, "ada")],
            view.History.Select(step => (step.State, step.Actor)));
        Assert.Equal([(2L, "replaced")], view.Deployments.Select(one => (one.Deployment, one.State)));
        Assert.Null((await Registry.Get<VersionView>($"models/{modelId}/versions/1")).Version.ParentVersion);
    }

    [Fact]
    public async Task A_note_is_written_by_who_has_seen_the_latest_one()
    {
        var (modelId, _) = await TwoVersions();
        var path = $"models/{modelId}/versions/2/note";
        var empty = await Registry.Http.GetAsync(path, CancellationToken);

        var written = await Write(path, new { note = "Bearing changed on Monday.", actor = "ada" }, empty.Headers.ETag!.ToString());
        var late = await Write(path, new { note = "Nothing changed.", actor = "bob" }, empty.Headers.ETag!.ToString());

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.PreconditionFailed), (written.StatusCode, late.StatusCode));
        var note = await Registry.Get<VersionNote>(path);
        Assert.Equal(("Bearing changed on Monday.", "ada", 1L), (note.Note, note.WrittenBy, note.Revision));
        Assert.Equal("Bearing changed on Monday.", (await Registry.GetModel(modelId)).Versions[1].Note);
        Assert.Equal(HttpStatusCode.OK, (await Write(path, new { note = (string?)null }, written.Headers.ETag!.ToString())).StatusCode);
        Assert.Null((await Registry.Get<VersionNote>(path)).Note);
    }

    [Fact]
    public async Task What_cannot_be_noted_is_named()
    {
        var (modelId, _) = await TwoVersions();

        Assert.Equal(HttpStatusCode.NotFound, (await Write($"models/{modelId}/versions/3/note", new { note = "x" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Write($"models/{modelId}/versions/1/note", new { note = new string('x', 10_001) })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Write($"models/{modelId}/versions/1/note", new { note = "x" }, "seven")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync($"models/{modelId}/versions/3", CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync($"models/{modelId}/versions/latest", CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Every_change_of_state_is_in_the_history()
    {
        var device = await Registry.NewDevice();
        var first = await Registry.Complete(await Registry.StartRun(device));
        var rejected = await Registry.StartRun(device);
        await Registry.Complete(rejected, await Registry.Train(rejected, newError: 100, oldError: 1, comparedWith: 1));
        await Registry.Post("deployments", new { modelId = first.ModelId, version = 2, force = true, actor = "ada", reason = "on trial" });
        await Registry.Publish(new ModelRejected(first.ModelId, 2, 2, "predictor-a", "Golden scores differ.", DateTimeOffset.UtcNow, Permanent: true));
        await Eventually.Is(async () => (await Registry.GetModel(first.ModelId)).Champion!.Version == 1);

        var model = await Registry.GetModel(first.ModelId);
        Assert.Equal(
            [
                (1, "publishing", "registry"), (1, "registered", "registry"), (1, "deployed", "registry"),
                (2, "publishing", "registry"), (2, "rejected", "registry"),
                (1, "archived", "ada"), (2, "deployed", "ada"),
                (2, "rejected", "registry"), (1, "deployed", "registry"),
            ],
            model.History.Select(step => (step.Version, step.State, step.Actor)));
        Assert.All(model.History, step => Assert.NotEmpty(step.Reason));

        // What stands in the rows is what the history says last.
        Assert.Equal(
            model.Versions.Select(version => version.State),
            model.Versions.Select(version => model.History.Last(step => step.Version == version.Version).State));
    }

    private async Task<HttpResponseMessage> Write(string path, object body, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = JsonContent.Create(body) };
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return await Registry.Http.SendAsync(request, CancellationToken);
    }

    // v1, then v2 as champion.
    private async Task<(string ModelId, Run Second)> TwoVersions()
    {
        var device = await Registry.NewDevice();
        await Registry.Complete(await Registry.StartRun(device));
        var second = await Registry.StartRun(device);
        second = await Registry.Complete(second, await Registry.Train(second, newError: 3, oldError: 4, comparedWith: 1));
        return (second.ModelId, second);
    }
}
