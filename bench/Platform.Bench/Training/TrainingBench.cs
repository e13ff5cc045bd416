using System.CommandLine;
using Platform.Contracts;
using Platform.Trainer.Training;

namespace Platform.Bench.Training;

/// <summary><c>bench training</c>: the trainer's loop, and the whole job, against PyTorch's.</summary>
internal static class TrainingBench
{
    public static Command Create(Option<bool> json)
    {
        var rounds = new Option<int>("--rounds") { Description = "Epochs of each, in turns; 0 leaves these rows out.", DefaultValueFactory = _ => 15 };
        var threads = new Option<int>("--threads") { Description = "Threads of each.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var device = new Option<string>("--device") { Description = "Where epochs are trained: cpu or cuda; by default cpu.", DefaultValueFactory = _ => TrainingDevices.Cpu };
        device.AcceptOnlyFromAmong(TrainingDevices.Cpu, TrainingDevices.Cuda);
        var jobs = new Option<int>("--jobs") { Description = "Whole jobs of each, from recordings to a served model, in turns; 0 leaves the row out, which alone needs servers.", DefaultValueFactory = _ => 1 };
        var epochs = new Option<int>("--epochs") { Description = "Passes that a whole job trains.", DefaultValueFactory = _ => 20 };
        var large = new Option<int>("--large") { Description = "Patches of a dataset to train on in little memory, 30000 for instance; 0 leaves the row out.", DefaultValueFactory = _ => 0 };
        var steps = new Option<int>("--large-steps") { Description = "Optimiser steps on it.", DefaultValueFactory = _ => 1_000 };
        var jobPrecision = new Option<string?>("--job-precision") { Description = "fp32 or bf16, of our whole job; the Python job knows fp32 only. By default fp32." };
        jobPrecision.AcceptOnlyFromAmong(Precisions.Fp32, Precisions.Bf16);
        var command = new Command("training", "Seconds per epoch, and of the whole job, against PyTorch.") { rounds, threads, device, jobs, epochs, jobPrecision, large, steps };
        command.SetAction(async (parse, cancellationToken) =>
        {
            string[] precisions = Machine.Look().Bf16 ? [Precisions.Fp32, Precisions.Bf16] : [Precisions.Fp32];
            var onGpu = parse.GetRequiredValue(device) == TrainingDevices.Cuda;
            var holds = true;
            foreach (var precision in parse.GetValue(rounds) == 0 ? [] : onGpu ? Precisions.All : precisions)
            {
                var row = await EpochRow.Measure(parse.GetRequiredValue(device), precision, parse.GetValue(rounds), parse.GetValue(threads), cancellationToken);
                row.Print(parse.GetValue(json));
                holds &= row.Holds;
            }

            if (parse.GetValue(rounds) > 0)
            {
                var row = await CheckpointRow.Measure(parse.GetValue(rounds), parse.GetValue(threads), cancellationToken);
                row.Print(parse.GetValue(json));
                holds &= row.Holds;
            }

            if (parse.GetValue(jobs) > 0)
            {
                var row = await WholeJobRow.Measure(parse.GetValue(jobPrecision) ?? Precisions.Fp32, parse.GetValue(jobs), parse.GetValue(epochs), parse.GetValue(threads), cancellationToken);
                row.Print(parse.GetValue(json));
                holds &= row.Holds;
            }

            if (parse.GetValue(large) > 0)
            {
                var row = await MemoryRow.Measure(parse.GetValue(large), parse.GetValue(steps), parse.GetValue(threads), cancellationToken);
                row.Print(parse.GetValue(json));
                holds &= row.Holds;
            }

            return holds ? 0 : 1;
        });
        return command;
    }
}
