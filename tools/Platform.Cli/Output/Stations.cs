using System.Diagnostics;
using System.Globalization;

namespace Platform.Cli.Output;

/// <summary>The stations of a long way, each with its progress and the time that it took.</summary>
internal sealed class Stations(Report report)
{
    private readonly Dictionary<string, double> seconds = [];

    /// <summary>How long each station took, in their order.</summary>
    public IReadOnlyDictionary<string, double> Seconds => seconds;

    public async Task<T> Pass<T>(string name, Func<ProgressLine, Task<T>> work)
    {
        var clock = Stopwatch.StartNew();
        using var progress = report.Progress(name);
        var result = await work(progress);
        seconds[name] = Math.Round(clock.Elapsed.TotalSeconds, 1);
        progress.Dispose();
        report.Line(string.Create(CultureInfo.InvariantCulture, $"  {name,-10} {clock.Elapsed.TotalSeconds,6:0.0} s"));
        return result;
    }
}
