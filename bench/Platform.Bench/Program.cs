using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Platform.Bench.Features;
using Platform.Bench.Fleet;
using Platform.Bench.Registry;
using Platform.Bench.Scoring;
using Platform.Bench.Shadow;
using Platform.Bench.Swap;
using Platform.Bench.Training;

var json = new Option<bool>("--json") { Description = "Print one JSON object per line.", Recursive = true };
var root = new RootCommand("Benchmarks against peers: each row is measured in one interleaved run and says its ratio.") { json };
root.Subcommands.Add(FeaturesBench.Create(json));
root.Subcommands.Add(TrainingBench.Create(json));
root.Subcommands.Add(GroupBench.Create(json));
root.Subcommands.Add(RegistryBench.Create(json));
root.Subcommands.Add(SwapBench.Create(json));
root.Subcommands.Add(ScoringBench.Create(json));
root.Subcommands.Add(ShadowBench.Create(json));
root.Subcommands.Add(FleetBench.Create(json));

// BenchmarkDotNet has options of its own, so everything after `detail` goes to it.
if (args is ["detail", ..])
{
    // In this process: the usual way restores and builds a project of its own, which central package management does not let it.
    var config = DefaultConfig.Instance
        .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
        .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "platform-bench"));
    BenchmarkSwitcher.FromAssembly(typeof(FeaturesBench).Assembly).Run(args[1..], config);
    return 0;
}

root.Subcommands.Add(new Command("detail", "BenchmarkDotNet on the parts of the kernel; takes BenchmarkDotNet's options, e.g. --filter '*'."));
return await root.Parse(args).InvokeAsync();
