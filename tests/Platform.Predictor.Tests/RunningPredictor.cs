using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Predictor.Tests;

/// <summary>
/// A predictor process with a database, a virtual host, a store and a registry's answer of its own. Tests of one class share it
/// and keep apart by device.
/// </summary>
public class RunningPredictor : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestDatabase _database = new();
    private readonly TestVhost _vhost = new();
    private readonly TestFolder _folder = new();
    private readonly List<ServiceProcess> _replicas = [];

    internal IObjectStore Objects { get; private set; } = null!;
    internal DeploymentList Registry { get; private set; } = null!;
    internal BusProbe Bus { get; private set; } = null!;
    internal TestVhost Vhost => _vhost;

    internal ServiceProcess Replica => _replicas[0];

    /// <summary>The latest lines in which the first replica complained.</summary>
    private string Trouble => string.Join('\n', Replica.Log.Split('\n')
        .Where(line => !line.Contains("\"Information\"", StringComparison.Ordinal)).TakeLast(3).Select(line => line[..Math.Min(2_000, line.Length)]));

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        await _vhost.InitializeAsync();
        Objects = _folder.Open();
        Registry = await DeploymentList.Start();
        Bus = await BusProbe.Start(_vhost.Uri);
        await AddReplica();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
            await replica.DisposeAsync();
        if (Bus is not null)
            await Bus.DisposeAsync();
        if (Registry is not null)
            await Registry.DisposeAsync();
        await _vhost.DisposeAsync();
        await _database.DisposeAsync();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>SIGKILL, and another process in its place.</summary>
    internal async Task KillAndRestart()
    {
        await _replicas[0].Kill();
        await _replicas[0].DisposeAsync();
        _replicas[0] = await ServiceProcess.Start("predictor", Settings(Registry.Url));
    }

    internal async Task<ServiceProcess> AddReplica()
    {
        var replica = await ServiceProcess.Start("predictor", Settings(Registry.Url));
        _replicas.Add(replica);
        return replica;
    }

    internal virtual Dictionary<string, string> Settings(string registryUrl)
    {
        var settings = ServiceProcess.Settings(_database, "predictor", _vhost, _folder.Options);
        settings["Registry__Url"] = registryUrl;
        settings["Scoring__MaxAudioMebibytes"] = "1";
        return settings;
    }

    /// <summary>Where the folder store keeps an object.</summary>
    internal string PathOf(string key) => Directory.EnumerateFiles(_folder.Path, Path.GetFileName(key), SearchOption.AllDirectories)
        .Single(path => path.EndsWith(key, StringComparison.Ordinal));

    /// <summary>As if the folder of the store were not mounted.</summary>
    internal async Task WithoutStore(Func<Task> whileAway)
    {
        var aside = _folder.Path + ".away";
        Directory.Move(_folder.Path, aside);
        Directory.CreateDirectory(_folder.Path);
        try
        {
            await whileAway();
        }
        finally
        {
            Directory.Delete(_folder.Path, recursive: true);
            Directory.Move(aside, _folder.Path);
        }
    }

    /// <summary>A device that the predictor has heard of.</summary>
    internal async Task<string> KnownDevice(string timeZone = "UTC")
    {
        var device = NewDevice();
        await Bus.Publish(new DeviceChanged(device, "S001", "pump", timeZone, "small", Revision: 1, DateTimeOffset.UtcNow));
        await Eventually.Is(async () => (await Rows<string>("SELECT device FROM predictor.device WHERE device = @device", new { device })).Length == 1, Patience);
        return device;
    }

    /// <summary>A device that no other test knows.</summary>
    internal static string NewDevice() => $"LT-{Guid.NewGuid():N}"[..12];

    internal async Task Deploy(SampleModel model, int version, DateTimeOffset? deployedAt = null)
    {
        await Bus.Publish(await model.Publish(Objects, version, version, deployedAt));
        await Loaded(model.Id, version);
    }

    internal Task Loaded(string modelId, long deployment) => Eventually.Is(
        () => Bus.Heard<ModelLoaded>().Any(loaded => loaded.ModelId == modelId && loaded.Deployment == deployment),
        Patience,
        $"deployment {deployment} of {modelId} is loaded");

    internal async Task<ModelRejected> Rejected(string modelId, long deployment)
    {
        await Eventually.Is(() => Found() is not null, Patience, $"deployment {deployment} of {modelId} is rejected");
        return Found()!;

        ModelRejected? Found() => Bus.Heard<ModelRejected>().FirstOrDefault(one => one.ModelId == modelId && one.Deployment == deployment);
    }

    internal async Task<RecordingScored> Scored(Guid recordingId)
    {
        try
        {
            await Eventually.Is(() => Found() is not null, Patience, $"recording {recordingId} is scored");
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{exception.Message}\n{Trouble}", exception);
        }

        return Found()!;

        RecordingScored? Found() => Bus.Heard<RecordingScored>().FirstOrDefault(scored => scored.RecordingId == recordingId);
    }

    /// <summary>Stores and announces a recording, and waits for its score.</summary>
    internal async Task<Guid> Score(byte[] wav, string device, DateTimeOffset recordedAt)
    {
        var features = await StoreFeatures(wav, device, recordedAt);
        await Bus.Publish(features);
        await Scored(features.RecordingId);
        return features.RecordingId;
    }

    /// <summary>Stores a recording's patches as features does and returns what features would announce.</summary>
    internal async Task<FeaturesExtracted> StoreFeatures(byte[] wav, string device, DateTimeOffset recordedAt, FeatureSpec? spec = null)
    {
        var features = SampleAudio.Features(wav, spec);
        var npy = NpyFile.Write(features.ToArray());
        var recordingId = Guid.NewGuid();
        var key = $"features/test/{device}/{recordingId}.npy";
        await Objects.Put(key, new MemoryStream(npy), TestContext.Current.CancellationToken);
        return new(
            recordingId, device, key, Convert.ToHexStringLower(SHA256.HashData(npy)), (spec ?? SampleAudio.Spec).Extraction.Hash,
            Convert.ToHexStringLower(SHA256.HashData(wav)), features.PatchCount, recordedAt);
    }

    internal async Task<HttpResponseMessage> Post(string device, byte[] body, string contentType = "audio/wav")
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return await Replica.Http.PostAsync($"devices/{device}/score", content, TestContext.Current.CancellationToken);
    }

    internal async Task<Answer> Ask(string device, byte[] wav)
    {
        using var response = await Post(device, wav);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<Answer>(TestContext.Current.CancellationToken))!;
    }

    internal Task<T> Get<T>(string path) => Replica.Http.GetFromJsonAsync<T>(path, TestContext.Current.CancellationToken)!;

    internal Task<PredictionRow[]> Predictions(string device) => Get<PredictionRow[]>($"devices/{device}/predictions");

    internal async Task<T[]> Rows<T>(string sql, object parameters)
    {
        await using var connection = new NpgsqlConnection(_database.AdminConnectionString);
        return [.. await connection.QueryAsync<T>(sql, parameters)];
    }

    /// <summary>Reasons why recordings of a device have no score yet.</summary>
    internal Task<string[]> Unscored(string device) =>
        Rows<string>("SELECT reason FROM predictor.unscored WHERE device = @device", new { device });
}

internal sealed record Answer(
    string Device, string Detector, double Score, double Threshold, string Verdict, string ModelId, int Version, long Deployment, int Patches);

internal sealed record PredictionRow(
    Guid RecordingId, int Version, long Deployment, double Score, double Threshold, string Verdict, Guid? AlarmId, string AlarmChange,
    DateTimeOffset RecordedAt, DateTimeOffset ScoredAt);

internal sealed record AlarmRow(
    Guid Id, string Device, int Version, bool Open, Guid OpenedBy, DateTimeOffset OpenedAt, int Recordings, Guid? ClosedBy, DateTimeOffset? ClosedAt,
    string? CloseReason, string? ClosedByPerson, string? CloseNote, string? Outcome);
