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
    /// <summary>The rule <c>mean + sigma · std</c>.</summary>
    public const string MeanPlusSigma = "mean_plus_sigma";

    /// <summary>The rule that takes <see cref="Quantile99"/>.</summary>
    public const string AtQuantile99 = "quantile_99";

    /// <summary>The rule that takes <see cref="Quantile999"/>.</summary>
    public const string AtQuantile999 = "quantile_999";

    /// <summary>The rule of a threshold that came with a model from elsewhere: nothing is known about the scores behind it.</summary>
    public const string AsGiven = "given";

    /// <summary>A single recording has no spread, and a threshold at its score would alarm on the next one.</summary>
    public const int MinScores = 2;

    public static IReadOnlyList<string> Rules { get; } = [MeanPlusSigma, AtQuantile99, AtQuantile999];

    /// <summary>A threshold without the distribution that it came from.</summary>
    public static DetectorFit Given(string detector, string device, double threshold) =>
        new(detector, device, threshold, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, Count: 0);

    /// <summary>The threshold by the rule <see cref="MeanPlusSigma"/>, whichever is in use.</summary>
    public double SigmaThreshold => Mean + Sigma * StandardDeviation;

    /// <summary>Null when there are too few scores to say what is normal.</summary>
    /// <param name="rule">One of <see cref="Rules"/>.</param>
    public static DetectorFit? Fit(string detector, string device, IReadOnlyList<double> scores, double sigma, string rule = MeanPlusSigma)
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
            detector, device, 0, mean, deviation, sigma, Quantile(sorted, 0.99), Quantile(sorted, 0.999), sorted.Length);
        return fit with { Threshold = fit.By(rule) };
    }

    internal byte[] ToNpz() => NpzFile.Write(Count == 0 ? new Dictionary<string, NpyArray>
    {
        ["threshold"] = NpyArray.Scalar(Threshold),
        ["count"] = NpyArray.Scalar(0.0),
    }
    : new Dictionary<string, NpyArray>
    {
        ["threshold"] = NpyArray.Scalar(Threshold),
        ["mean"] = NpyArray.Scalar(Mean),
        ["mean_plus_sigma"] = NpyArray.Scalar(SigmaThreshold), // for who reads it elsewhere: it follows from the others
        ["std"] = NpyArray.Scalar(StandardDeviation),
        ["sigma"] = NpyArray.Scalar(Sigma),
        ["quantile_99"] = NpyArray.Scalar(Quantile99),
        ["quantile_999"] = NpyArray.Scalar(Quantile999),
        ["count"] = NpyArray.Scalar(Count),
    });

    internal static DetectorFit FromNpz(string detector, string device, byte[] npz)
    {
        var file = PackageFiles.Detector(detector, device);
        var arrays = PackageArrays.Archive(file, npz);
        var count = Value("count");
        if (count == 0)
            return Given(detector, device, Value("threshold"));
        if (count < 1 || count > int.MaxValue || count != Math.Floor(count))
            throw new InvalidDataException($"{file}: count is {count}, a number of recordings is needed.");
        return new DetectorFit(
            detector, device, Value("threshold"), Value("mean"), Value("std"), Value("sigma"), Value("quantile_99"), Value("quantile_999"), (int)count);

        double Value(string name) => PackageArrays.Number($"{file}: {name}", PackageArrays.Member(file, arrays, name));
    }

    private double By(string rule) => rule switch
    {
        MeanPlusSigma => SigmaThreshold,
        AtQuantile99 => Quantile99,
        AtQuantile999 => Quantile999,
        _ => throw new ArgumentException($"There is no threshold rule '{rule}'; there are {string.Join(", ", Rules)}.", nameof(rule)),
    };

    private static double Quantile(double[] sorted, double q)
    {
        var position = q * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }
}
