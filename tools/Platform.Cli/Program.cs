using System.CommandLine;
using Platform.Cli;
using Platform.Cli.Servers;

var root = new RootCommand("Acoustic condition-monitoring platform on this machine.")
{
    ServersCommand.Create(),
};

var parse = root.Parse(args);
try
{
    return await parse.InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = TimeSpan.FromMinutes(1), // on Ctrl-C: long enough to stop what was started
    });
}
catch (PlatformException exception)
{
    Console.Error.WriteLine($"error: {exception.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}
