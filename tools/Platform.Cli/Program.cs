using System.CommandLine;
using Platform.Cli;
using Platform.Cli.Alerts;
using Platform.Cli.Aliases;
using Platform.Cli.Demo;
using Platform.Cli.Deployments;
using Platform.Cli.Evaluation;
using Platform.Cli.Explanations;
using Platform.Cli.Exporting;
using Platform.Cli.Importing;
using Platform.Cli.Models;
using Platform.Cli.Policies;
using Platform.Cli.Recordings;
using Platform.Cli.Retention;
using Platform.Cli.Runs;
using Platform.Cli.Running;
using Platform.Cli.Schedules;
using Platform.Cli.Servers;
using Platform.Cli.Specs;
using Platform.Cli.Training;

var json = new Option<bool>("--json") { Description = "Print one JSON object on standard output, everything else on standard error.", Recursive = true };
var root = new RootCommand("Acoustic condition monitoring on this machine.")
{
    json,
    UpCommand.Create(json),
    DownCommand.Create(json),
    StatusCommand.Create(json),
    DemoCommand.Create(json),
    EvaluateCommand.Create(json),
    ImportCommand.Create(json),
    TrainCommand.Create(json),
    RunsCommand.Create(json),
    ModelsCommand.Create(json),
    DeployCommand.Create(json),
    RollbackCommand.Create(json),
    DeploymentsCommand.Create(json),
    AliasCommand.Create(json),
    AlertsCommand.Create(json),
    ExportCommand.Create(json),
    ImportModelCommand.Create(json),
    RetentionCommand.Create(json),
    ScoreCommand.Create(json),
    ExplainCommand.Create(json),
    ReplayCommand.Create(json),
    SpecsCommand.Create(json),
    SpecCommand.Create(json),
    AssignSpecCommand.Create(json),
    PolicyCommand.Create(json),
    SchedulesCommand.Create(json),
    ServersCommand.Create(),
    LogKeeper.Create(),
};

try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = TimeSpan.FromMinutes(1), // on Ctrl-C: long enough to stop what was started
    });
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("interrupted");
    return 130;
}
catch (Exception exception)
{
    // One line for people; what is not ours to explain says at least what it is.
    var kind = exception is PlatformException ? "" : $"{exception.GetType().Name}: ";
    Console.Error.WriteLine($"error: {kind}{exception.Message.ReplaceLineEndings(" ")}");
    return 1;
}
