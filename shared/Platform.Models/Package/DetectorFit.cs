using System.Text.Json.Serialization;
using Platform.Dsp;

namespace Platform.Models;

/// <summary>
/// The threshold of one detector for one device and the distribution it was derived from: scores of the recordings that
/// <see cref="DetectorConfig.ThresholdFrom"/> says. <c>detectors/{detector}_{device}.npz</c>.
/// </summary>
/// <param name="Threshold">The one in use: what <see cref="DetectorConfig.Rule"/> makes of the distribution.</param>
/// <param name="StandardDeviation">Of the population, as NumPy's <c>std</c>.</param>
/// <param name="Sigma">Standard deviations above the mean, for the rule <see cref="MeanPlusSigma"/>.</param>
/// <param name="Quantile99">Linear between neighbours, as NumPy's <c>quantile</c>.</param>
public sealed record DetectorFit(
    string Detector,
    string Device,
    double Threshold,
    double Mean,
    double StandardDeviation,
    double Sigma,
    double Quantile99,
    double Quantile999,
    int Count)
{
    /// <summary>The rule <c>median · max(margin, exp(sigma · log_spread))</c>; fewer than ten scores do not know their spread, and the margin is all.</summary>
    public const string MedianTimesMargin = "median_times_margin";

    /// <summary>The rule <c>mean + sigma · std</c>.</summary>
    public const string MeanPlusSigma = "mean_plus_sigma";

    /// <summary>The rule <c>max(margin · median, quantile_95)</c>: of <see cref="DetectorConfig.Sustained"/>, where others have <see cref="MedianTimesMargin"/>.</summary>
    public const string MarginOrQuantile95 = "margin_or_quantile_95";

    /// <summary>The rule that takes <see cref="Quantile99"/>.</summary>
    public const string AtQuantile99 = "quantile_99";

    /// <summary>The rule that takes <see cref="Quantile999"/>.</summary>
    public const string AtQuantile999 = "quantile_999";

    /// <summary>The rule of a threshold that came with a model from elsewhere: nothing is known about the scores behind it.</summary>
    public const string AsGiven = "given";

    /// <summary>A single recording has no spread, and a threshold at its score would alarm on the next one.</summary>
    public const int MinScores = 2;

    // Of five scores the median deviation is anything between a third and three times what it should be, and it stands in an exponent.
    private const int LeastForSpread = 10;

    public static IReadOnlyList<string> Rules { get; } = [MedianTimesMargin, MeanPlusSigma, MarginOrQuantile95, AtQuantile99, AtQuantile999];

    /// <summary>Of the scores. Few recordings know it well, where their standard deviation and their quantiles are anybody's guess.</summary>
    public double Median { get; init; } = double.NaN;

    /// <summary>Standard deviation of the logarithms of the scores by their median absolute deviation, corrected for few.</summary>
    public double LogSpread { get; init; } = double.NaN;

    /// <summary>How many times the median is never alarmed at; see <see cref="DetectorConfig.MarginOf"/>.</summary>
    public double Margin { get; init; } = double.NaN;

    /// <summary>One in twenty unseen recordings scored more; of two dozen recordings the highest quantile that no single outlier decides.</summary>
    public double Quantile95 { get; init; } = double.NaN;

    /// <summary>
    /// How many times higher recordings score by what other times say than by what recordings around them say; 1 for a machine that does not drift,
    /// null where nobody measured it.
    /// </summary>
    public double? Drift { get; init; }

    /// <summary>Null for <see cref="DetectorConfig.Reconstruction"/>, whose model is the network.</summary>
    [JsonIgnore] public DetectorModel? Model { get; init; }

    /// <summary>The threshold by the rule <see cref="MedianTimesMargin"/>, whichever is in use; NaN in packages from before there was one.</summary>
    public double MarginThreshold => Median * Math.Max(Margin, Count < LeastForSpread ? 0 : Math.Exp(Sigma * LogSpread));

    /// <summary>A threshold without the distribution that it came from.</summary>
    public static DetectorFit Given(string detector, string device, double threshold) =>
        new(detector, device, threshold, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, Count: 0);

    /// <summary>The threshold by the rule <see cref="MeanPlusSigma"/>, whichever is in use.</summary>
    public double SigmaThreshold => Mean + Sigma * StandardDeviation;

    /// <summary>Null when there are too few scores to say what is normal.</summary>
    /// <param name="rule">One of <see cref="Rules"/>.</param>
    public static DetectorFit? Fit(string detector, string device, IReadOnlyList<double> scores, double sigma, string rule = MedianTimesMargin)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentOutOfRangeException.ThrowIfNegative(sigma);
        if (scores.Count < MinScores)
            return null;
        if (scores.Any(score => !double.IsFinite(score)))
            throw new ArgumentException($"A held-out score of device '{device}' is not finite.", nameof(scores));

        var mean = scores.Average();
        var deviation = Math.Sqrt(scores.Average(score => (score - mean) * (score - mean)));
        double[] sorted = [.. scores.Order()];
        var fit = new DetectorFit(
            detector, device, 0, mean, deviation, sigma, Quantile(sorted, 0.99), Quantile(sorted, 0.999), sorted.Length)
        {
            Median = Quantile(sorted, 0.5),
            Quantile95 = Quantile(sorted, 0.95),
            LogSpread = LogSpreadOf(sorted),
            Margin = DetectorConfig.MarginOf(detector),
        };
        return fit with { Threshold = fit.By(rule) };
    }

    internal byte[] ToNpz()
    {
        var arrays = new Dictionary<string, NpyArray>
        {
            ["threshold"] = NpyArray.Scalar(Threshold),
            ["count"] = NpyArray.Scalar(Count),
        };
        if (Count > 0)
        {
            arrays["mean"] = NpyArray.Scalar(Mean);
            arrays["mean_plus_sigma"] = NpyArray.Scalar(SigmaThreshold); // for who reads it elsewhere: it follows from the others
            arrays["std"] = NpyArray.Scalar(StandardDeviation);
            arrays["sigma"] = NpyArray.Scalar(Sigma);
            arrays["quantile_99"] = NpyArray.Scalar(Quantile99);
            arrays["quantile_999"] = NpyArray.Scalar(Quantile999);
        }

        if (double.IsFinite(MarginThreshold))
        {
            arrays["median"] = NpyArray.Scalar(Median);
            arrays["log_spread"] = NpyArray.Scalar(LogSpread);
            arrays["margin"] = NpyArray.Scalar(Margin);
            arrays["median_times_margin"] = NpyArray.Scalar(MarginThreshold);
        }

        if (double.IsFinite(Quantile95))
            arrays["quantile_95"] = NpyArray.Scalar(Quantile95);
        if (Drift is { } drift)
            arrays["drift"] = NpyArray.Scalar(drift);
        foreach (var (name, array) in Model?.ToArrays() ?? [])
            arrays[name] = array;
        return NpzFile.Write(arrays);
    }

    /// <param name="bands">Mel bands of the package's feature spec.</param>
    internal static DetectorFit FromNpz(string detector, string device, byte[] npz, int bands)
    {
        var file = PackageFiles.Detector(detector, device);
        var arrays = PackageArrays.Archive(file, npz);
        var model = detector == DetectorConfig.Reconstruction ? null : DetectorModel.FromArrays(file, arrays, bands);
        var count = Value("count");
        if (count == 0)
            return Given(detector, device, Value("threshold")) with { Model = model };
        if (count < 1 || count > int.MaxValue || count != Math.Floor(count))
            throw new InvalidDataException($"{file}: count is {count}, a number of recordings is needed.");
        return new DetectorFit(
            detector, device, Value("threshold"), Value("mean"), Value("std"), Value("sigma"), Value("quantile_99"), Value("quantile_999"), (int)count)
        {
            Median = Later("median"),
            LogSpread = Later("log_spread"),
            Margin = Later("margin"),
            Quantile95 = Later("quantile_95"),
            Drift = arrays.ContainsKey("drift") ? Value("drift") : null,
            Model = model,
        };

        double Value(string name) => PackageArrays.Number($"{file}: {name}", PackageArrays.Member(file, arrays, name));
        double Later(string name) => arrays.ContainsKey(name) ? Value(name) : double.NaN;
    }

    private double By(string rule) => rule switch
    {
        MedianTimesMargin => MarginThreshold,
        MeanPlusSigma => SigmaThreshold,
        MarginOrQuantile95 => Math.Max(Margin * Median, Quantile95),
        AtQuantile99 => Quantile99,
        AtQuantile999 => Quantile999,
        _ => throw new ArgumentException($"There is no threshold rule '{rule}'; there are {string.Join(", ", Rules)}.", nameof(rule)),
    };

    private static double LogSpreadOf(double[] sorted)
    {
        double[] logs = [.. sorted.Select(score => Math.Log(Math.Max(score, double.Epsilon)))];
        var middle = Quantile(logs, 0.5);
        // 1.4826 makes it the standard deviation of a normal distribution, n / (n − 0.8) unbiased for few (Croux and Rousseeuw).
        return 1.4826 * logs.Length / (logs.Length - 0.8) * Quantile([.. logs.Select(log => Math.Abs(log - middle)).Order()], 0.5);
    }

    private static double Quantile(double[] sorted, double q)
    {
        var position = q * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }
}
