using System.Diagnostics;

namespace Platform.Cli.Output;

/// <summary>
/// Progress of something that may take longer than two seconds: a bar that is drawn over and then removed in a terminal,
/// a line every ten seconds elsewhere.
/// </summary>
internal sealed class ProgressLine(TextWriter text, bool interactive, string what) : IDisposable
{
    private const int BarWidth = 30;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RedrawEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private TimeSpan next = Quiet;
    private int drawn;

    /// <param name="total">0 when it is not known.</param>
    public void Set(double done, double total, string? detail = null)
    {
        lock (gate)
        {
            if (clock.Elapsed < next)
                return;
            next = clock.Elapsed + (interactive ? RedrawEvery : LineEvery);
            var line = $"{what}{(detail is null ? "" : ": " + detail)}";
            var share = total > 0 ? Math.Clamp(done / total, 0, 1) : 0;
            if (interactive)
                Draw($"{Bar(share)} {share,4:0 %}  {line}");
            else
                text.WriteLine($"{line} ({share:0 %}, {clock.Elapsed.TotalSeconds:0} s)");
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (drawn > 0)
                Draw("");
            drawn = 0;
            next = TimeSpan.MaxValue;
        }
    }

    private void Draw(string line)
    {
        var width = Math.Max(20, Console.WindowWidth - 1);
        var shown = line.Length > width ? line[..width] : line;
        text.Write($"\r{shown.PadRight(drawn)}{(line.Length == 0 ? "\r" : "")}");
        drawn = shown.Length;
    }

    private static string Bar(double share)
    {
        var full = (int)Math.Round(share * BarWidth);
        return new string('█', full) + new string('░', BarWidth - full);
    }
}
