using System.CommandLine;
using Platform.Contracts;
using Platform.Trainer.Training;

namespace Platform.Bench.Training;

/// <summary><c>bench groups</c>: many small models at the same time against one after the other.</summary>
internal static class GroupBench
{
    public static Command Create(Option<bool> json)
    {
        var runs = new Option<int>("--runs") { Description = "Runs at the same time.", DefaultValueFactory = _ => 16 };
        var steps = new Option<int>("--steps") { Description = "Steps of each run that are timed.", DefaultValueFactory = _ => 200 };
        var threads = new Option<int>("--threads") { Description = "libtorch threads.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var device = new Option<string>("--device") { Description = "auto, cpu or cuda.", DefaultValueFactory = _ => TrainingDevices.Auto };
        device.AcceptOnlyFromAmong(TrainingDevices.Auto, TrainingDevices.Cpu, TrainingDevices.Cuda);
        var command = new Command("groups", "Models per hour of runs that train together against one after the other.") { runs, steps, threads, device };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var asked = parse.GetValue(device)!;
            var cuda = Machine.Look().Cuda;
            if (asked == TrainingDevices.Cuda && !cuda)
                throw new InvalidOperationException("cuda was asked for, but this machine has no usable GPU.");
            var on = asked == TrainingDevices.Cpu || !cuda ? TrainingDevices.Cpu : TrainingDevices.Cuda;
            var row = await GroupRow.Measure(parse.GetValue(runs), parse.GetValue(steps), on, parse.GetValue(threads), cancellationToken);
            row.Print(parse.GetValue(json));
            return row.Holds ? 0 : 1;
        });
        return command;
    }
}
