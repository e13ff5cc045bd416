using Platform.Cli.Recordings;

namespace Platform.Cli.Evaluation;

/// <summary>A feature spec that fits the recordings of a device: their own sample rate, and windows that cover the shortest of them to its end.</summary>
internal sealed record ClipSpec(int SampleRate, double WinSeconds, double HopSeconds, int NMels)
{
    // As in the demo: enough for a machine's rhythm, short enough that a clip of ten seconds has several patches.
    private const double LongestWindow = 2;

    // A window for the sake of one stub would be too short for all others.
    private const double ShortestWindow = 0.5;

    private const int UsualRate = 16_000;
    private const int HighestRate = 48_000;
    private const double Grid = 10_000; // windows and hops are multiples of 0.1 ms

    public string Name => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"evaluate-{SampleRate}-{WinSeconds:0.####}s-{HopSeconds:0.####}s-{NMels}");

    /// <param name="windowSeconds">Null for a length that follows from the recordings.</param>
    /// <param name="sampleRate">Null for the one that most recordings have.</param>
    public static ClipSpec For(IEnumerable<string> files, double? windowSeconds, int? sampleRate, int nMels)
    {
        var headers = files.Select(Header).OfType<WavHeader>().ToList();
        var rate = sampleRate ?? Math.Min(HighestRate, headers.GroupBy(header => header.SampleRate)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key).Select(group => group.Key).FirstOrDefault(UsualRate));
        var shortest = headers.Count == 0 ? LongestWindow : Math.Max(ShortestWindow, headers.Min(header => header.Seconds));
        var window = Down(windowSeconds ?? Math.Min(LongestWindow, shortest));
        // Half-overlapping, with the last window at the end of the shortest clip, unless that only moves it by a few frames.
        var rest = shortest - window;
        var steps = rest < window / 10 ? 0 : Math.Ceiling(rest / (window / 2));
        return new(rate, window, steps >= 1 ? Down(rest / steps) : window / 2, nMels);
    }

    private static double Down(double seconds) => Math.Floor(seconds * Grid + 1e-6) / Grid;

    /// <summary>Null for what is no WAV: the platform decodes that, or says why it refuses it.</summary>
    private static WavHeader? Header(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return WavHeader.Read(stream);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
