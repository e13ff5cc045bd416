using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Trends;

/// <summary><c>trend DEVICE</c>: how the scores of a device move, day by day.</summary>
internal static class TrendCommand
{
    public static Command Create(Option<bool> json)
    {
        var device = new Argument<string>("device") { Description = "Code of the device." };
        var days = new Option<int>("--days") { Description = "Days up to the latest recording, 1 to 366.", DefaultValueFactory = _ => 30 };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 366)
                result.AddError("--days must be between 1 and 366.");
        });
        var command = new Command("trend", "Show how the scores of a device move: median and 95 % of each day, against the threshold.") { device, days };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            using var client = PlatformClient.Connect(Checkout.State);
            var trend = await client.GetTrend(parse.GetRequiredValue(device), parse.GetValue(days), cancellationToken);
            TrendChart.Show(trend, report);
            report.Result(trend);
            return 0;
        });
        return command;
    }
}
