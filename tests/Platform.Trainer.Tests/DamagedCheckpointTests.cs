using System.Diagnostics;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;
using Platform.Trainer.Slices;
using Platform.Trainer.Training;

namespace Platform.Trainer.Tests;

/// <summary>Whatever happens to a file of a checkpoint, the one before it is taken, with a warning; and what a checkpoint costs.</summary>
public sealed class DamagedCheckpointTests(TestVhost vhost, ITestOutputHelper output) : SliceRunnerTest(vhost)
{
    private static readonly string[] Files = ["model.pth", "optimizer.pth", "best.pth", "state.json", Artifacts.ManifestName];

    [Fact]
    public async Task Any_damage_to_any_file_leads_to_the_checkpoint_before_with_a_warning()
    {
        var original = await ThreeCheckpoints("original");
        var (before, itself) = (Contents(original, 20), Contents(original, 30));
        var random = new Random(11);
        foreach (var (file, damage) in Files.SelectMany(file => Damages(random).Select(damage => (file, damage))))
        {
            var run = Copy("original", $"{file}-{damage.Name}");
            Damage(run, 30, file, damage.Change);
            var log = new KeptLog<SliceRunner>();

            var taken = await new CheckpointStore(_store, new RunKeys(run), log).Latest("sha", Ct);

            // A bit of the manifest may turn a letter of a field's name into a capital, which means the same.
            if (taken?.State.Step == 30 && file == Artifacts.ManifestName && damage.Name.StartsWith("bit", StringComparison.Ordinal))
            {
                Assert.All(taken.ToFiles(), content => Assert.Equal(itself[content.Key], content.Value.ToArray()));
                continue;
            }

            Assert.True(taken?.State.Step == 20, $"{file} {damage.Name}: checkpoint {taken?.State.Step} was taken.");
            Assert.All(taken!.ToFiles(), content => Assert.Equal(before[content.Key], content.Value.ToArray()));
            var warning = Assert.Single(log.Warnings);
            Assert.Contains("checkpoint 30 ", warning, StringComparison.Ordinal);
            Assert.True(file == Artifacts.ManifestName || warning.Contains(file, StringComparison.Ordinal), warning);
        }
    }

    [Fact]
    public async Task Two_damaged_checkpoints_lead_to_the_third()
    {
        var run = await ThreeCheckpoints("run");
        Damage(run, 30, "model.pth", content => content[..^1]);
        Damage(run, 20, "manifest.json", _ => []);
        var log = new KeptLog<SliceRunner>();

        Assert.Equal(10, (await new CheckpointStore(_store, new RunKeys(run), log).Latest("sha", Ct))?.State.Step);
        Assert.Equal(2, log.Warnings.Count);
        Assert.Equal(["10"], (await Keys("runs/run/checkpoints/checkpoint-")).Select(key => key.Split('/')[0]).Distinct());
    }

    [Fact]
    public async Task When_all_are_damaged_the_run_starts_from_scratch_and_ends_in_the_same_weights()
    {
        var log = new KeptLog<SliceRunner>();
        using var worker = new Worker(_store, _bus.Publisher, new TrainerOptions { CheckpointSeconds = 0.1 }, log);
        var dataset = new TestDataset(40, ["LT-2"]);
        var parameters = Quick with { MaxSteps = 200, Patience = 200 };
        Assert.IsType<SliceOutcome.Completed>(await worker.Run(await dataset.Store(_store, "whole", parameters)));
        var message = await dataset.Store(_store, "run", parameters);
        Directory.CreateDirectory(Path.Combine(_folder.Path, "runs", "run"));
        CopyFolder(Path.Combine(_folder.Path, "runs", "whole", "checkpoints"), Path.Combine(_folder.Path, "runs", "run", "checkpoints"));
        var steps = (await Keys("runs/run/checkpoints/checkpoint-")).Select(key => int.Parse(key.Split('/')[0], provider: null)).Distinct().ToList();
        Assert.Equal(3, steps.Count);
        steps.ForEach(step => Damage("run", step, "optimizer.pth", content => [.. content[..^1], (byte)(content[^1] ^ 4)]));

        Assert.IsType<SliceOutcome.Completed>(await worker.Run(message));

        Assert.Equal(await _store.ReadAll("runs/whole/package/model.pth", Ct), await _store.ReadAll("runs/run/package/model.pth", Ct));
        Assert.All(steps, step => Assert.Contains(log.Warnings, warning => warning.Contains($"checkpoint {step} ", StringComparison.Ordinal)));
        Assert.Contains(log.Lines, line => line.StartsWith("Run run: slice 0 starts at step 0 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_killed_worker_began_to_write_goes_with_the_checkpoints_of_its_age()
    {
        var run = await ThreeCheckpoints("run");
        File.Delete(FileOf(run, 10, "manifest.json"));
        using var session = Session();
        session.Train(() => session.State.Step >= 40);

        var checkpoints = new CheckpointStore(_store, new RunKeys(run), new KeptLog<SliceRunner>());
        await checkpoints.Save(session.Capture(), Ct);

        Assert.Equal(["20", "30", "40"], (await Keys("runs/run/checkpoints/checkpoint-")).Select(key => key.Split('/')[0]).Distinct());
    }

    [Fact]
    public async Task A_checkpoint_costs_a_small_part_of_the_time_between_two()
    {
        await using var bucket = new TestBucket();
        await bucket.InitializeAsync();
        var store = bucket.Open();
        using var session = Session(); // the network has the same size whatever that of its patches
        var checkpoints = new CheckpointStore(store, new RunKeys("run"), new KeptLog<SliceRunner>());
        var clock = new Stopwatch();
        const int Count = 8;
        for (var i = 1; i <= Count; i++)
        {
            session.Train(() => session.State.Step >= 5 * i);
            clock.Start();
            await checkpoints.Save(session.Capture(), Ct);
            clock.Stop();
        }

        var (seconds, interval) = (clock.Elapsed.TotalSeconds / Count, new TrainerOptions().CheckpointSeconds);
        output.WriteLine($"A checkpoint takes {1000 * seconds:f0} ms, with one every {interval} s that is {seconds / interval:p2} of a run.");
        Assert.Equal(5 * Count, (await checkpoints.Latest("sha", Ct))?.State.Step); // of time nothing is asserted: the machine may be busy
    }

    private static IEnumerable<(string Name, Func<byte[], byte[]?> Change)> Damages(Random random)
    {
        yield return ("missing", _ => null);
        yield return ("empty", _ => []);
        yield return ("garbage", content => [.. content.Select(_ => (byte)random.Next(256))]);
        foreach (var share in (double[])[0.1, 0.5, 0.999])
            yield return ($"cut-{share}", content => content[..(int)(share * content.Length)]);
        for (var i = 0; i < 4; i++)
        {
            yield return ($"bit-{i}", content =>
            {
                var changed = content.ToArray();
                changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
                return changed;
            });
        }
    }

    private static TrainingSession Session()
    {
        var scope = new TrainingScope(ScopeModes.Device, "LT-2_all", null, "conv-ae", "device/LT-2_all/conv-ae", ["LT-2"]);
        var plan = new TrainingPlan(scope, Quick with { MaxSteps = 1000 }, new TestDataset(40, ["LT-2"]).Data);
        return TrainingSession.Start(plan, TrainingSessionTests.NewState(plan), null);
    }

    private async Task<string> ThreeCheckpoints(string run)
    {
        using var session = Session();
        var checkpoints = new CheckpointStore(_store, new RunKeys(run), new KeptLog<SliceRunner>());
        foreach (var step in (int[])[10, 20, 30])
        {
            session.Train(() => session.State.Step >= step);
            await checkpoints.Save(session.Capture(), Ct);
        }

        return run;
    }

    private string FileOf(string run, int step, string file) => Path.Combine(_folder.Path, "runs", run, "checkpoints", $"checkpoint-{step}", file);

    private Dictionary<string, byte[]> Contents(string run, int step) =>
        Files.ToDictionary(file => file, file => File.ReadAllBytes(FileOf(run, step, file)));

    private void Damage(string run, int step, string file, Func<byte[], byte[]?> change)
    {
        var path = FileOf(run, step, file);
        var content = change(File.ReadAllBytes(path));
        File.Delete(path);
        if (content is not null)
            File.WriteAllBytes(path, content);
    }

    private string Copy(string from, string to)
    {
        CopyFolder(Path.Combine(_folder.Path, "runs", from), Path.Combine(_folder.Path, "runs", to));
        return to;
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from))
            CopyFolder(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
