using System.CommandLine;
using Platform.Contracts;
using Platform.Trainer.Training;

namespace Platform.Bench.Training;

/// <summary><c>bench training</c>: the trainer's loop against PyTorch's.</summary>
internal static class TrainingBench
{
    public static Command Create(Option<bool> json)
    {
        var rounds = new Option<int>("--rounds") { Description = "Epochs of each, in turns.", DefaultValueFactory = _ => 15 };
        var threads = new Option<int>("--threads") { Description = "Threads of each.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var command = new Command("training", "Seconds per epoch against PyTorch.") { rounds, threads };
        command.SetAction(async (parse, cancellationToken) =>
        {
            string[] precisions = Machine.Look().Bf16 ? [Precisions.Fp32, Precisions.Bf16] : [Precisions.Fp32];
            var holds = true;
            foreach (var precision in precisions)
            {
                var row = await EpochRow.Measure(precision, parse.GetValue(rounds), parse.GetValue(threads), cancellationToken);
                row.Print(parse.GetValue(json));
                holds &= row.Holds;
            }

            return holds ? 0 : 1;
        });
        return command;
    }
}
