using System.Buffers.Binary;
using System.Text.Json;
using Dapper;
using MassTransit;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Ingest.Tests;

/// <summary>A real ingest with its own database, virtual host and bucket, and ears for what it publishes.</summary>
public sealed class IngestFixture : IAsyncLifetime
{
    public const string DevicesHeard = "heard-device-changed";
    public const string ArchivedHeard = "heard-audio-archived";
    public const string LabelsHeard = "heard-recording-labelled";

    private ServiceProcess? service;

    public TestDatabase Database { get; } = new();

    public TestVhost Vhost { get; } = new();

    public TestBucket Bucket { get; } = new();

    public IObjectStore Store => field ??= Bucket.Open();

    public HttpClient Http => service!.Http;

    public ServiceProcess Service => service!;

    /// <summary>Settings of one more instance beside the running one.</summary>
    public Dictionary<string, string> Settings()
    {
        var settings = ServiceProcess.Settings(Database, "ingest", Vhost, Bucket.Options);
        settings["Ingest__MaxRecordingBytes"] = "2000000";
        return settings;
    }

    public async ValueTask InitializeAsync()
    {
        await Task.WhenAll(Database.InitializeAsync().AsTask(), Vhost.InitializeAsync().AsTask(), Bucket.InitializeAsync().AsTask());
        await Vhost.Bind(DevicesHeard, typeof(DeviceChanged));
        await Vhost.Bind(ArchivedHeard, typeof(AudioArchived));
        await Vhost.Bind(LabelsHeard, typeof(RecordingLabelled));
        service = await ServiceProcess.Start("ingest", Settings());
    }

    public async ValueTask DisposeAsync()
    {
        if (service is not null)
            await service.DisposeAsync();
        await Bucket.DisposeAsync();
        await Vhost.DisposeAsync();
        await Database.DisposeAsync();
    }

    public Task<HttpResponseMessage> Upload(string device, byte[] audio, string query = "", string contentType = "audio/wav") =>
        Upload(Http, device, audio, query, contentType);

    public static Task<HttpResponseMessage> Upload(
        HttpClient http, string device, byte[] audio, string query = "", string contentType = "audio/wav")
    {
        var content = new ByteArrayContent(audio);
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return http.PutAsync($"devices/{device}/recordings?{query}", content, TestContext.Current.CancellationToken);
    }

    /// <summary>The messages of a device that a listening queue got, waiting until there are as many as expected.</summary>
    public async Task<IReadOnlyList<T>> Heard<T>(string queue, Func<T, bool> mine, int count)
    {
        var heard = new List<T>();
        await Eventually.Is(async () =>
        {
            heard.AddRange((await Vhost.Take(queue, 1_000))
                .Select(message => JsonDocument.Parse(message.GetProperty("payload").GetString()!).RootElement.GetProperty("message"))
                .Select(body => body.Deserialize<T>(JsonSerializerOptions.Web)!)
                .Where(mine));
            return heard.Count >= count;
        });
        return heard;
    }

    /// <summary>Publishes as another service does.</summary>
    public async Task Publish<T>(params T[] messages)
        where T : class
    {
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(new Uri(Vhost.Uri)));
        await bus.StartAsync(TestContext.Current.CancellationToken);
        foreach (var message in messages)
            await bus.Publish(message, TestContext.Current.CancellationToken);
        await bus.StopAsync(TestContext.Current.CancellationToken);
    }

    public async Task<List<string>> Keys(string prefix)
    {
        var keys = new List<string>();
        await foreach (var found in Store.List(prefix, TestContext.Current.CancellationToken))
            keys.Add(found.Key);
        return keys;
    }

    public async Task<long> CountRecordings(string device)
    {
        await using var connection = new NpgsqlConnection(Database.AdminConnectionString);
        return await connection.ExecuteScalarAsync<long>("SELECT count(*) FROM ingest.recording WHERE device = @device", new { device });
    }

    /// <summary>A WAV file of noise; every seed has other bytes.</summary>
    public static byte[] Wave(int seed, int samples = 1_600)
    {
        var wave = new byte[44 + (2 * samples)];
        var span = wave.AsSpan();
        "RIFF"u8.CopyTo(span);
        BinaryPrimitives.WriteInt32LittleEndian(span[4..], wave.Length - 8);
        "WAVEfmt "u8.CopyTo(span[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(span[20..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(span[22..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(span[24..], 16_000);
        BinaryPrimitives.WriteInt32LittleEndian(span[28..], 32_000);
        BinaryPrimitives.WriteInt16LittleEndian(span[32..], 2);
        BinaryPrimitives.WriteInt16LittleEndian(span[34..], 16);
        "data"u8.CopyTo(span[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[40..], 2 * samples);
        new Random(seed).NextBytes(span[44..]);
        return wave;
    }

    public static async Task<JsonElement> Json(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
}
