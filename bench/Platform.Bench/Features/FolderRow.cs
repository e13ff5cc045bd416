using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using MassTransit;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Testing;

namespace Platform.Bench.Features;

/// <summary>
/// A folder of one-minute recordings through the running service: from the first <c>AudioArchived</c> to the last
/// <c>FeaturesExtracted</c>, whose patches then stand in the store (a folder that syncs to disk).
/// </summary>
internal static class FolderRow
{
    private const int Recordings = 200;
    private const int Seconds = 60;
    private const string Device = "LT-2";

    public static async Task<Row> Measure()
    {
        using var servers = BenchServers.Start();
        var (database, vhost, folder) = (new TestDatabase(), new TestVhost(), new TestFolder());
        await using var cleanDatabase = database;
        await using var cleanVhost = vhost;
        using var cleanFolder = folder;
        await database.InitializeAsync();
        await vhost.InitializeAsync();

        // 1. the archive, as ingest leaves it
        var announcements = new List<AudioArchived>();
        for (var i = 0; i < Recordings; i++)
            announcements.Add(await Archive(folder.Open(), i));

        // 2. the service, and somebody who listens
        var extracted = new ConcurrentDictionary<Guid, int>();
        var failed = new ConcurrentQueue<string>();
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            var user = TestServers.RabbitMq.UserInfo.Split(':');
            rabbit.Host(TestServers.RabbitMq.Host, (ushort)TestServers.RabbitMq.Port, vhost.Name, host =>
            {
                host.Username(user[0]);
                host.Password(user[1]);
            });
            rabbit.ReceiveEndpoint("bench", endpoint =>
            {
                endpoint.Handler<FeaturesExtracted>(context =>
                {
                    extracted[context.Message.RecordingId] = context.Message.PatchCount;
                    return Task.CompletedTask;
                });
                endpoint.Handler<FeatureExtractionFailed>(context =>
                {
                    failed.Enqueue(context.Message.Detail);
                    return Task.CompletedTask;
                });
            });
        });
        await bus.StartAsync();
        try
        {
            await using var service = await ServiceProcess.Start("features", ServiceProcess.Settings(database, "features", vhost, folder.Options));
            await bus.Publish(new DeviceChanged(Device, "S001", "pump", "UTC", "default", 1, DateTimeOffset.UtcNow));
            await Extract(announcements[..8]); // compiled and connected

            // 3. the rest against the clock
            var started = Stopwatch.GetTimestamp();
            await Extract(announcements[8..]);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var audio = (Recordings - 8.0) * Seconds;
            return new Row($"service, {Recordings - 8} one-minute WAVs, 2 cores", seconds, audio, "s", audio / seconds, Limit: 500);
        }
        finally
        {
            await bus.StopAsync();
        }

        async Task Extract(IReadOnlyList<AudioArchived> recordings)
        {
            foreach (var recording in recordings)
                await bus.Publish(recording);
            while (recordings.Any(recording => !extracted.ContainsKey(recording.RecordingId)))
            {
                if (failed.TryPeek(out var reason))
                    throw new InvalidOperationException(reason);
                await Task.Delay(5);
            }
        }
    }

    private static async Task<AudioArchived> Archive(IObjectStore store, int seed)
    {
        var random = new Random(seed);
        var samples = new byte[Seconds * 16_000 * 2];
        for (var i = 0; i < samples.Length; i += 2)
            BitConverter.TryWriteBytes(samples.AsSpan(i), (short)random.Next(-3_000, 3_000));
        using var wav = new MemoryStream();
        using var writer = new BinaryWriter(wav);
        writer.Write("RIFF"u8);
        writer.Write(36 + samples.Length);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write(0x0001_0001); // PCM, one channel
        writer.Write(16_000);
        writer.Write(32_000);
        writer.Write(0x0010_0002); // two bytes a frame, 16 bits
        writer.Write("data"u8);
        writer.Write(samples.Length);
        writer.Write(samples);

        var sha256 = Convert.ToHexStringLower(SHA256.HashData(wav.ToArray()));
        var at = DateTimeOffset.UnixEpoch.AddYears(50).AddMinutes(seed);
        var key = $"audio/{Device}/{at:yyyyMMdd}/{sha256}.wav";
        wav.Position = 0;
        await store.Put(key, wav, CancellationToken.None);
        return new AudioArchived(Guid.NewGuid(), Device, key, sha256, wav.Length, at, $"{at:yyyyMMdd}", Labels.Unlabelled, DateTimeOffset.UtcNow);
    }
}
