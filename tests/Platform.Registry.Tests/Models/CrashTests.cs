using Platform.Contracts;
using Platform.Registry.Runs;
using Platform.Testing;

namespace Platform.Registry.Tests.Models;

public sealed class CrashTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task A_registry_that_is_killed_while_it_registers_ends_with_one_version_and_one_deployment_per_run()
    {
        var runs = new List<Run>();
        for (var number = 0; number < 24; number++)
            runs.Add(await Registry.StartRun(await Registry.NewDevice()));
        var completions = await Task.WhenAll(runs.Select(run => Registry.Train(run)));

        await Task.WhenAll(completions.Select(completed => Registry.Publish(completed)));
        await Eventually.Is(async () => (await Registry.GetRuns("state=completed")).Items.Count > 0);
        await Registry.Crash();

        await Eventually.Is(async () => (await Registry.GetRuns("state=completed")).Items.Count == runs.Count, TimeSpan.FromSeconds(60));
        foreach (var run in runs)
        {
            var model = await Registry.GetModel(run.ModelId);
            Assert.Equal([(1, VersionStates.Deployed)], model.Versions.Select(version => (version.Version, version.State)));
            Assert.Equal(1, model.Champion!.Deployment);
            await Eventually.Is(() => Registry.Heard<ModelDeployed>().Any(message => message.ModelId == run.ModelId));
        }
    }
}
