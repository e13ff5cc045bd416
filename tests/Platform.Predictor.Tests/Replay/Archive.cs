using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Platform.Contracts;
using Platform.Dsp;

namespace Platform.Predictor.Tests.Replay;

/// <summary>What ingest and features leave in the store of a recording, and the questions that people ask about it later.</summary>
internal static class Archive
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Archives the audio, stores its patches and waits for the score.</summary>
    /// <param name="day">The plant's, if it is not that of UTC.</param>
    internal static async Task<FeaturesExtracted> Record(
        this RunningPredictor platform, string device, byte[] wav, DateTimeOffset recordedAt, FeatureSpec? spec = null, string? day = null)
    {
        var features = await platform.StoreFeatures(wav, device, recordedAt, spec);
        await platform.Objects.Put(AudioKey(features, day), new MemoryStream(wav), Token);
        await platform.Bus.Publish(features);
        await platform.Scored(features.RecordingId);
        return features;
    }

    internal static string AudioKey(FeaturesExtracted features, string? day = null) =>
        $"audio/{features.Device}/{day ?? features.RecordedAt.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}/{features.AudioSha256}.wav";

    internal static async Task<T> Post<T>(this RunningPredictor platform, string path)
    {
        using var response = await platform.Replica.Http.PostAsync(path, null, Token);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
        return (await response.Content.ReadFromJsonAsync<T>(Token))!;
    }

    internal static async Task Refused(Task<HttpResponseMessage> call, HttpStatusCode status, params string[] words)
    {
        using var response = await call;
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(status == response.StatusCode, $"{(int)response.StatusCode} {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.All(words, word => Assert.Contains(word, text, StringComparison.Ordinal));
    }

    internal static async Task DeletePackage(this RunningPredictor platform, ModelDeployed deployed)
    {
        var keys = new List<string>();
        await foreach (var found in platform.Objects.List(deployed.PackagePrefix + "/", Token))
            keys.Add(found.Key);
        foreach (var key in keys)
            await platform.Objects.Delete(key, Token);
    }

    /// <summary>Deploys a model anew, so that the one before the last leaves the memory.</summary>
    internal static async Task<ModelDeployed> DeployAs(this RunningPredictor platform, SampleModel model, int version, long deployment)
    {
        var deployed = await model.Publish(platform.Objects, version, deployment);
        await platform.Bus.Publish(deployed);
        await platform.Loaded(model.Id, deployment);
        return deployed;
    }
}

internal sealed record Replayed(
    Guid RecordingId, Guid? AlarmId, int Version, string Outcome, bool Same, Link[] Links, ReplayedDetector[] Detectors, string Verdict, string? VerdictNow,
    string[] Differences, string? ComputedWithThen, string ComputedWithNow)
{
    internal Link this[string name] => Assert.Single(Links, link => link.Name == name);
}

internal sealed record Link(string Name, string? Kept, string? Found, string State, string? Where, string? Detail);

internal sealed record ReplayedDetector(string Detector, double? Then, double? Now, double? RelativeDifference, double? ThresholdThen, double? ThresholdNow);

internal sealed record ReplayedAlarmAnswer(Guid AlarmId, string Outcome, bool Same, Replayed[] Recordings, Guid? Next);
