using System.Diagnostics;
using System.Globalization;
using Platform.Registry.Retention;

namespace Platform.Registry.Tests.Retention;

/// <summary>Many versions: <c>PLATFORM_RETENTION_MODELS=50000 ./platform test --filter RetentionScale</c> makes 100 000 of them and prints how long sweeps take.</summary>
public sealed class RetentionScaleTests(RegistryFixture registry) : RetentionTest(registry)
{
    private static int Models => int.Parse(Environment.GetEnvironmentVariable("PLATFORM_RETENTION_MODELS") ?? "1200", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Two_versions_of_many_models_are_counted_marked_and_swept_page_by_page()
    {
        await Execute(
            """
            INSERT INTO run (id, name, mode, scope, model_type, model_id, devices, parameters, state, version, created_at, progressed_at, ended_at)
            SELECT gen_random_uuid(), format('many-%s-%s', m, v), 'device', format('M-%s_all', m), 'conv-ae', format('device/M-%s_all/conv-ae', m), ARRAY['M-' || m],
                   '{}', 'completed', v, now() - interval '9 days', now(), now() - interval '9 days'
            FROM generate_series(1, @Models) m, generate_series(1, 2) v;
            INSERT INTO model (model_id, mode, scope, model_type, last_version, created_at)
            SELECT DISTINCT model_id, mode, scope, model_type, 2, now() FROM run;
            INSERT INTO model_version (model_id, version, run_id, state, accepted, reason, label, devices, spec_hash, package_prefix, package_manifest_sha256, created_at, registered_at)
            SELECT model_id, version, id, 'registered', true, '', '1.0', devices, 's', format('models/%s/v%s', model_id, version), 'x', created_at, created_at FROM run;
            """,
            new { Models });
        Parallel.For(1, Models + 1, model =>
        {
            for (var version = 1; version <= 2; version++)
            {
                Put($"models/device/M-{model}_all/conv-ae/v{version}", "model.pth", 10);
                Put($"models/device/M-{model}_all/conv-ae/v{version}", "manifest.json", 5);
                Put($"runs/many-{model}-{version}", "metadata.json", 3);
                Put($"runs/many-{model}-{version}/package", "model.pth", 10);
            }
        });

        var foreseen = await Timed("dry run", new { keepVersions = 1, dryRun = true });
        var marked = await Timed("mark, trim", new { keepVersions = 1 });
        await Execute("UPDATE model_version SET deleted_at = deleted_at - interval '8 days' WHERE state = 'deleted'");
        var swept = await Timed("sweep", new { keepVersions = 1 });
        var last = await Timed("nothing left to do", new { keepVersions = 1, dryRun = true });

        foreach (var result in new[] { foreseen, marked })
        {
            Assert.Equal((Models, 2L * Models, 15L * Models), (result.Marked.Count, result.Marked.Objects, result.Marked.Bytes));
            Assert.Equal((2L * Models, 20L * Models), (result.Trimmed.Objects, result.Trimmed.Bytes));
            Assert.Equal(Models, result.Kept.Count);
        }

        Assert.Equal((Models, 15L * Models), (swept.Swept.Count, swept.Swept.Bytes));
        Assert.Equal((Models, 0, 0, 0), (last.Kept.Count, last.Marked.Count, last.Waiting.Count, last.Trimmed.Count));
        Assert.Equal((0, 0), (last.Missing.Count, last.Orphans.Count));
        Assert.Empty(await Keys("models/device/M-1_all/conv-ae/v1/"));
    }

    private async Task<RetentionResult> Timed(string what, object plan)
    {
        var clock = Stopwatch.StartNew();
        var report = await Sweep(plan);
        TestContext.Current.SendDiagnosticMessage($"{what}: {clock.Elapsed.TotalSeconds:0.0} s, {2 * Models} versions");
        Console.WriteLine($"{what}: {clock.Elapsed.TotalSeconds:0.0} s, {2 * Models} versions");
        return report.Result!;
    }

    // As the store lays them out; through it, making them durable would take longer than everything else.
    private void Put(string folder, string name, int size)
    {
        var path = Path.Combine(Registry.StoreFolder, folder);
        Directory.CreateDirectory(path);
        File.WriteAllBytes(Path.Combine(path, name), new byte[size]);
    }
}
