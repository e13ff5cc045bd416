using System.Net;
using Platform.Registry.Tests.Retention;
using Platform.Contracts;

namespace Platform.Registry.Tests.Shadows;

public sealed class ShadowRetentionTests(RegistryFixture registry) : RetentionTest(registry)
{
    [Fact]
    public async Task Retention_leaves_a_live_shadow_and_takes_it_when_it_has_ended()
    {
        var (modelId, _) = await NewVersions(4);
        await Deploy(modelId, (4, 0));
        Assert.Equal(HttpStatusCode.Created, (await Registry.Post($"models/{modelId}/shadow", new { version = 1 })).StatusCode);

        await Sweep(new { keepVersions = 1, keepDays = 1 });
        Assert.Equal(
            [(1, VersionStates.Registered), (2, VersionStates.Deleted), (3, VersionStates.Deleted), (4, VersionStates.Deployed)], await States(modelId));

        await Registry.Http.DeleteAsync($"models/{modelId}/shadow", CancellationToken);
        await Sweep(new { keepVersions = 1, keepDays = 1 });
        Assert.Contains((1, VersionStates.Deleted), await States(modelId));
        Assert.Equal(HttpStatusCode.Conflict, (await Registry.Post($"models/{modelId}/shadow", new { version = 1 })).StatusCode);
    }
}
