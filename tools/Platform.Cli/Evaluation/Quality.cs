using Platform.Cli.Recordings;

namespace Platform.Cli.Evaluation;

/// <summary>Figures with their intervals, from the scores of one device or of several.</summary>
internal static class Quality
{
    /// <summary>The verdict and each detector of the scores.</summary>
    public static IReadOnlyList<DetectorQuality> Of(IReadOnlyList<ScoredClip> clips)
    {
        if (clips is not [var any, ..])
            return [];
        return
        [
            One(clips, new DetectorName(ScoredClip.Verdict, Alarming: true, Threshold: null)),
            .. any.Score.Detectors.Select(detector => One(clips, new(detector.Detector, detector.Alarming, detector.Threshold))),
        ];
    }

    public static IReadOnlyList<OtherSet> Others(IReadOnlyList<ScoredClip> clips) =>
    [
        .. clips.Where(clip => clip.Faulty is null).GroupBy(clip => clip.Set).Select(set => new OtherSet(
            set.Key,
            set.Count(),
            set.Count(clip => clip.Score.Anomalous),
            Bootstrap.Interval<bool>([[.. set.Select(clip => clip.Score.Anomalous)]], drawn => 100.0 * drawn[0].Count(alarm => alarm) / drawn[0].Count),
            set.SelectMany(clip => clip.Score.Detectors).GroupBy(detector => detector.Detector)
                .ToDictionary(detector => detector.Key, detector => detector.Count(result => result.Exceeded)))),
    ];

    /// <param name="devices">The test recordings of each device.</param>
    public static Summary Summarise(IReadOnlyList<IReadOnlyList<ScoredClip>> devices, int failed)
    {
        // Each device keeps its healthy and its faulty recordings apart in every resample: groups 2i and 2i + 1.
        var groups = devices.SelectMany(clips => Sides(clips, ScoredClip.Verdict)).ToList();
        return new(
            devices.Count + failed,
            failed,
            Bootstrap.Interval(groups, drawn => Mean(drawn, withAuc: true, withPauc: false)),
            Bootstrap.Interval(groups, drawn => Mean(drawn, withAuc: false, withPauc: true)),
            Bootstrap.Interval(groups, drawn => Mean(drawn, withAuc: true, withPauc: true)),
            Bootstrap.Interval(groups, drawn => Counts(drawn).Precision),
            Bootstrap.Interval(groups, drawn => Counts(drawn).Recall),
            Bootstrap.Interval(groups, drawn => Counts(drawn).F1),
            Bootstrap.Interval(groups, drawn => Counts(drawn).FalseAlarmsPer100),
            Counts(groups));
    }

    private static DetectorQuality One(IReadOnlyList<ScoredClip> clips, DetectorName detector)
    {
        var sides = Sides(clips, detector.Name);
        return new(
            detector.Name,
            detector.Alarming,
            detector.Threshold,
            Bootstrap.Interval(sides, drawn => DetectionMetrics.Auc(Scores(drawn[0]), Scores(drawn[1]))),
            Bootstrap.Interval(sides, drawn => DetectionMetrics.PartialAuc(Scores(drawn[0]), Scores(drawn[1]))),
            Bootstrap.Interval(sides, drawn => Counts(drawn).Precision),
            Bootstrap.Interval(sides, drawn => Counts(drawn).Recall),
            Bootstrap.Interval(sides, drawn => Counts(drawn).F1),
            Bootstrap.Interval(sides, drawn => Counts(drawn).FalseAlarmsPer100),
            Counts(sides));
    }

    private static IReadOnlyList<ClipScore>[] Sides(IReadOnlyList<ScoredClip> clips, string detector) => [Side(clips, detector, false), Side(clips, detector, true)];

    private static IReadOnlyList<ClipScore> Side(IReadOnlyList<ScoredClip> clips, string detector, bool faulty) =>
        [.. clips.Where(clip => clip.Faulty == faulty).Select(clip => clip.By(detector)).OfType<ClipScore>()];

    private static double[] Scores(IReadOnlyList<ClipScore> clips) => [.. clips.Select(clip => clip.Score)];

    private static AlarmCounts Counts(IReadOnlyList<IReadOnlyList<ClipScore>> groups)
    {
        var counts = new AlarmCounts(0, 0, 0, 0);
        for (var i = 0; i < groups.Count; i += 2)
            counts = counts.Plus(AlarmCounts.Of([.. groups[i].Select(clip => clip.Alarm)], [.. groups[i + 1].Select(clip => clip.Alarm)]));
        return counts;
    }

    private static double? Mean(IReadOnlyList<IReadOnlyList<ClipScore>> groups, bool withAuc, bool withPauc)
    {
        var values = new List<double>();
        for (var i = 0; i < groups.Count; i += 2)
        {
            var (healthy, faulty) = (Scores(groups[i]), Scores(groups[i + 1]));
            if (withAuc && DetectionMetrics.Auc(healthy, faulty) is { } auc)
                values.Add(auc);
            if (withPauc && DetectionMetrics.PartialAuc(healthy, faulty) is { } pauc)
                values.Add(pauc);
        }

        return DetectionMetrics.HarmonicMean(values);
    }

    private sealed record DetectorName(string Name, bool Alarming, double? Threshold);
}
