using System.Text.Json;
using System.Text.Json.Nodes;
using Platform.Cli.Client;

namespace Platform.Cli.Evaluation;

/// <summary>An evaluation for programs: each figure is a number, and its interval stands beside it as <c>{figure}Interval: [low, high]</c>.</summary>
internal static class EvaluationJson
{
    public static JsonObject Of(Summary summary) => Figures(
        new JsonObject { ["devices"] = summary.Devices, ["failed"] = summary.Failed },
        ("harmonicMeanAuc", summary.HarmonicMeanAuc), ("harmonicMeanPauc", summary.HarmonicMeanPauc), ("harmonicMean", summary.HarmonicMean),
        ("precision", summary.Precision), ("recall", summary.Recall), ("f1", summary.F1), ("falseAlarmsPer100", summary.FalseAlarmsPer100))
        .With("counts", Counts(summary.Pooled));

    public static JsonObject Of(DeviceResult device)
    {
        var json = new JsonObject
        {
            ["device"] = device.Device,
            ["code"] = device.Code,
            ["error"] = device.Error,
            ["spec"] = JsonSerializer.SerializeToNode(device.Spec, Json.Web),
            ["model"] = JsonSerializer.SerializeToNode(device.Model, Json.Web),
            ["normal"] = device.Normal,
            ["anomalous"] = device.Anomalous,
            ["unscored"] = device.Unscored,
        };
        if (device.Quality.Count > 0)
        {
            json["rankedBy"] = device.RankedBy;
            Add(json, device.Quality[0]);
            json["detectors"] = new JsonArray([.. device.Quality.Skip(1).Select(detector => Add(
                new JsonObject { ["detector"] = detector.Detector, ["alarming"] = detector.Alarming, ["threshold"] = detector.Threshold }, detector))]);
        }

        json["others"] = new JsonArray([.. device.Others.Select(Of)]);
        if (device.Timelines is { } timelines)
        {
            json["timeline"] = Of(timelines[ScoredClip.Verdict]);
            json["timelineByDetector"] = new JsonObject(
                timelines.Where(pair => pair.Key != ScoredClip.Verdict).Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, Of(pair.Value))));
        }

        return json;
    }

    private static JsonObject Of(OtherSet set) => Figures(
        new JsonObject { ["set"] = set.Set, ["recordings"] = set.Recordings, ["alarms"] = set.Alarms }, ("alarmsPer100", set.AlarmsPer100))
        .With("alarmsByDetector", JsonSerializer.SerializeToNode(set.ByDetector, Json.Web));

    private static JsonObject Of(Timeline timeline) => new JsonObject
    {
        ["recordings"] = timeline.Recordings,
        ["scored"] = timeline.Scored,
        ["firstLastingAlarm"] = timeline.FirstLastingAlarm,
        ["falseAlarmsBefore50Percent"] = timeline.FalseAlarms,
        ["recordingsBefore50Percent"] = timeline.HealthyRecordings,
        ["falseAlarmsBefore50PercentNotTrainedOn"] = timeline.UnheardFalseAlarms,
        ["recordingsBefore50PercentNotTrainedOn"] = timeline.UnheardHealthyRecordings,
    };

    private static JsonObject Add(JsonObject json, DetectorQuality quality) => Figures(
        json, ("auc", quality.Auc), ("pauc", quality.Pauc), ("precision", quality.Precision), ("recall", quality.Recall), ("f1", quality.F1),
        ("falseAlarmsPer100", quality.FalseAlarmsPer100))
        .With("counts", Counts(quality.Counts));

    private static JsonObject Counts(AlarmCounts counts) => new JsonObject
    {
        ["truePositives"] = counts.TruePositives,
        ["falsePositives"] = counts.FalsePositives,
        ["falseNegatives"] = counts.FalseNegatives,
        ["trueNegatives"] = counts.TrueNegatives,
    };

    private static JsonObject Figures(JsonObject json, params ReadOnlySpan<(string Name, Estimate? Estimate)> figures)
    {
        foreach (var (name, estimate) in figures)
        {
            json[name] = estimate?.Value;
            json[name + "Interval"] = estimate is null ? null : new JsonArray(estimate.Low, estimate.High);
        }

        return json;
    }

    private static JsonObject With(this JsonObject json, string name, JsonNode? value)
    {
        json[name] = value;
        return json;
    }
}
