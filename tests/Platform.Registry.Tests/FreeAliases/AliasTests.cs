using System.Net;
using System.Net.Http.Json;
using Dapper;
using Npgsql;
using Platform.Registry.FreeAliases;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.FreeAliases;

public sealed class AliasTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task A_free_alias_is_made_moved_and_taken_away_and_every_move_is_kept()
    {
        var modelId = await TwoVersions();

        var made = await Put(modelId, "night-shift", new { version = 1, actor = "ada", reason = "quieter" });
        var moved = await Put(modelId, "night-shift", new { version = 2 });
        var standing = await Registry.Http.GetAsync($"models/{modelId}/aliases/night-shift", CancellationToken);
        var removed = await Send(HttpMethod.Delete, modelId, "night-shift?actor=bob", null);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.NoContent), (made.StatusCode, moved.StatusCode, removed.StatusCode));
        Assert.Equal(moved.Headers.ETag, standing.Headers.ETag);
        Assert.NotEqual(made.Headers.ETag, moved.Headers.ETag);
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync($"models/{modelId}/aliases/night-shift", CancellationToken)).StatusCode);
        Assert.Equal(
            [(1, "ada", "quieter"), (2, "api", null), ((int?)null, "bob", (string?)null)],
            (await Registry.Get<AliasMove[]>($"models/{modelId}/aliases/night-shift/history")).Select(move => (move.Version, move.Actor, move.Reason)));
        Assert.Equal(
            [("champion", 2, 2L), ("previous", 1, 1L)],
            (await Registry.Get<NamedVersion[]>($"models/{modelId}/aliases")).Select(alias => (alias.Name, alias.Version, alias.Deployment!.Value)));
    }

    [Fact]
    public async Task Who_has_not_seen_the_latest_move_does_not_move_it()
    {
        var modelId = await TwoVersions();
        var seen = (await Put(modelId, "pilot", new { version = 1 })).Headers.ETag!.ToString();
        await Put(modelId, "pilot", new { version = 2 });

        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Put(modelId, "pilot", new { version = 1 }, ifMatch: seen)).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Put(modelId, "pilot", new { version = 1, expectedVersion = 1 })).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Put(modelId, "pilot", new { version = 1 }, ifNoneMatch: "*")).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Put(modelId, "other", new { version = 1, expectedVersion = 1 })).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Send(HttpMethod.Delete, modelId, "pilot?expectedVersion=1", null)).StatusCode);
        Assert.Equal(2, await Version(modelId, "pilot"));

        // Taken away and made again at the same version: not what was seen before.
        var before = (await Registry.Http.GetAsync($"models/{modelId}/aliases/pilot", CancellationToken)).Headers.ETag!.ToString();
        await Send(HttpMethod.Delete, modelId, "pilot", null);
        await Put(modelId, "pilot", new { version = 2 });
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Put(modelId, "pilot", new { version = 1 }, ifMatch: before)).StatusCode);

        Assert.Equal(HttpStatusCode.OK, (await Put(modelId, "pilot", new { version = 1, expectedVersion = 2 })).StatusCode);
        var latest = (await Registry.Http.GetAsync($"models/{modelId}/aliases/pilot", CancellationToken)).Headers.ETag!.ToString();
        Assert.Equal(HttpStatusCode.OK, (await Put(modelId, "pilot", new { version = 2 }, ifMatch: latest)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await Put(modelId, "first", new { version = 2 }, ifNoneMatch: "*")).StatusCode);
    }

    [Fact]
    public async Task Of_many_who_saw_the_same_one_wins()
    {
        var modelId = await TwoVersions();
        var seen = (await Put(modelId, "pilot", new { version = 1 })).Headers.ETag!.ToString();

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Put(modelId, "pilot", new { version = 2 }, ifMatch: seen)));

        Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
        Assert.Equal(15, answers.Count(answer => answer.StatusCode == HttpStatusCode.PreconditionFailed));
        Assert.Equal(2, (await Registry.Get<AliasMove[]>($"models/{modelId}/aliases/pilot/history")).Length);
    }

    [Theory]
    [InlineData("champion", HttpStatusCode.BadRequest, "moves with deployments")]
    [InlineData("previous", HttpStatusCode.BadRequest, "moves with deployments")]
    [InlineData("Night", HttpStatusCode.BadRequest, "'Night' is not allowed; allowed is [a-z][a-z0-9-]{0,31}")]
    [InlineData("a-name-that-is-one-letter-too-long", HttpStatusCode.BadRequest, "is not allowed")]
    [InlineData("pilot%0A", HttpStatusCode.BadRequest, "is not allowed")]
    public async Task A_name_that_cannot_be_given_is_named(string name, HttpStatusCode status, string detail)
    {
        var response = await Put("device/NOBODY_all/conv-ae", name, new { version = 1 });

        Assert.Equal(status, response.StatusCode);
        Assert.Contains(detail, await response.Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_cannot_be_named()
    {
        var modelId = await TwoVersions();

        Assert.Equal(HttpStatusCode.NotFound, (await Put("device/NOBODY_all/conv-ae", "pilot", new { version = 1 })).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Put(modelId, "pilot", new { version = 3 })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Put(modelId, "pilot", new { version = 0 })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Put(modelId, "pilot", new { version = 1 }, ifMatch: "seven")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Send(HttpMethod.Delete, modelId, "pilot", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync("models/device/NOBODY_all/conv-ae/aliases", CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task The_history_of_aliases_cannot_be_rewritten()
    {
        await Put(await TwoVersions(), "pilot", new { version = 1 });

        await using var connection = await Registry.Database.OpenConnectionAsync(CancellationToken);
        foreach (var sql in new[] { "UPDATE alias_history SET reason = ''", "DELETE FROM alias_history", "TRUNCATE alias_history CASCADE" })
        {
            var exception = await Assert.ThrowsAsync<PostgresException>(() => connection.ExecuteAsync(sql));
            Assert.Equal("alias_history is append-only", exception.MessageText);
        }
    }

    private async Task<int> Version(string modelId, string name) =>
        (await Registry.Get<NamedVersion>($"models/{modelId}/aliases/{name}")).Version;

    private Task<HttpResponseMessage> Put(string modelId, string name, object body, string? ifMatch = null, string? ifNoneMatch = null) =>
        Send(HttpMethod.Put, modelId, name, body, ifMatch, ifNoneMatch);

    private async Task<HttpResponseMessage> Send(
        HttpMethod method, string modelId, string name, object? body, string? ifMatch = null, string? ifNoneMatch = null)
    {
        using var request = new HttpRequestMessage(method, $"models/{modelId}/aliases/{name}");
        if (body is not null)
            request.Content = JsonContent.Create(body);
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (ifNoneMatch is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        return await Registry.Http.SendAsync(request, CancellationToken);
    }

    // v1, then v2 as champion.
    private async Task<string> TwoVersions()
    {
        var device = await Registry.NewDevice();
        await Registry.Complete(await Registry.StartRun(device));
        Run second = await Registry.StartRun(device);
        await Registry.Complete(second, await Registry.Train(second, newError: 1, oldError: 1, comparedWith: 1));
        return second.ModelId;
    }
}
