using System.Globalization;
using Platform.Contracts;
using Platform.Predictor.Scoring;

namespace Platform.Predictor.Replay;

/// <summary>Compares what a recording was given with what it gets now; pure.</summary>
internal sealed record ScoreComparison(IReadOnlyList<ReplayedScore> Detectors, IReadOnlyList<string> Differences, string Outcome, string? VerdictNow)
{
    /// <summary>As far as rounding goes between processors, kernels and the company that a recording had in its pass.</summary>
    internal const double Tolerance = 1e-5;

    internal static ScoreComparison Of(RecordingPrediction then, RecordingPrediction now)
    {
        var detectors = Pair(then.Detectors, now.Detectors);
        var differences = detectors.SelectMany(Words).ToList();
        if (then.Verdict != now.Verdict)
            differences.Add($"The verdict was {then.Verdict}, now it is {now.Verdict}.");
        if (then.Patches != now.Patches)
            differences.Add($"The recording had {then.Patches} patches, now it has {now.Patches}.");

        var identical = detectors.All(one => one.Then == one.Now && one.ThresholdThen == one.ThresholdNow);
        var outcome = differences.Count > 0 ? ReplayOutcomes.Differs : identical ? ReplayOutcomes.Identical : ReplayOutcomes.WithinTolerance;
        return new(detectors, differences, outcome, now.Verdict);
    }

    internal static ScoreComparison NotPossible(RecordingPrediction then) => new(Pair(then.Detectors, []), [], ReplayOutcomes.NotPossible, null);

    private static List<ReplayedScore> Pair(IReadOnlyList<DetectorScore> then, IReadOnlyList<DetectorScore> now) =>
    [
        .. then.Select(one => one.Detector).Union(now.Select(one => one.Detector), StringComparer.Ordinal).Select(name =>
        {
            var (before, after) = (then.FirstOrDefault(one => one.Detector == name), now.FirstOrDefault(one => one.Detector == name));
            return new ReplayedScore(
                name, before?.Score, after?.Score, Relative(before?.Score, after?.Score), before?.Threshold, after?.Threshold,
                before?.Alarming ?? after!.Alarming);
        }),
    ];

    private static IEnumerable<string> Words(ReplayedScore one)
    {
        if (one.Then is null || one.Now is null)
        {
            yield return one.Then is null
                ? $"{one.Detector} gave no score then."
                : $"{one.Detector} gives no score now.";
            yield break;
        }

        if (!(one.RelativeDifference <= Tolerance))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{one.Detector} gave {one.Then:g9}, now it gives {one.Now:g9}: {one.RelativeDifference:g2} relative, {Tolerance:g1} is rounding.");
        }

        if (one.ThresholdThen != one.ThresholdNow)
            yield return string.Create(CultureInfo.InvariantCulture, $"The threshold of {one.Detector} was {one.ThresholdThen:g9}, now it is {one.ThresholdNow:g9}.");
    }

    private static double? Relative(double? then, double? now) => (then, now) switch
    {
        ({ } before, { } after) when before == after => 0,
        ({ } before, { } after) => Math.Abs(after - before) / Math.Max(Math.Abs(before), double.Epsilon),
        _ => null,
    };
}
