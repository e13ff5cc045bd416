using Platform.Dsp;

namespace Platform.Models;

/// <summary>
/// The threshold of one detector for one device and the distribution it was derived from: scores of recordings that the
/// detector was not fitted on. <c>detectors/{detector}_{device}.npz</c>.
/// </summary>
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
    /// <summary>The rule in use: <c>mean + sigma · std</c>.</summary>
    public const string MeanPlusSigma = "mean_plus_sigma";

    /// <summary>A single recording has no spread, and a threshold at its score would alarm on the next one.</summary>
    public const int MinScores = 2;

    /// <summary>Null when there are too few scores to say what is normal.</summary>
    public static DetectorFit? Fit(string detector, string device, IReadOnlyList<double> scores, double sigma)
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
        return new DetectorFit(
            detector, device, mean + sigma * deviation, mean, deviation, sigma, Quantile(sorted, 0.99), Quantile(sorted, 0.999), sorted.Length);
    }

    internal byte[] ToNpz() => NpzFile.Write(new Dictionary<string, NpyArray>
    {
        ["threshold"] = NpyArray.Scalar(Threshold),
        ["mean"] = NpyArray.Scalar(Mean),
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
        if (count < 1 || count > int.MaxValue || count != Math.Floor(count))
            throw new InvalidDataException($"{file}: count is {count}, a number of recordings is needed.");
        return new DetectorFit(
            detector, device, Value("threshold"), Value("mean"), Value("std"), Value("sigma"), Value("quantile_99"), Value("quantile_999"), (int)count);

        double Value(string name) => PackageArrays.Number($"{file}: {name}", PackageArrays.Member(file, arrays, name));
    }

    private static double Quantile(double[] sorted, double q)
    {
        var position = q * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }
}
