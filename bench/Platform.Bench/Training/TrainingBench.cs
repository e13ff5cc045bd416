using System.CommandLine;

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
            var row = await EpochRow.Measure(parse.GetValue(rounds), parse.GetValue(threads), cancellationToken);
            row.Print(parse.GetValue(json));
            return row.Holds ? 0 : 1;
        });
        return command;
    }
}
