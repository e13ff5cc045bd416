using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Npgsql;
using Platform.Testing;

namespace Platform.Ingest.Tests;

/// <summary>A plant that has recordings already gets the new version.</summary>
public sealed class UpgradeTests : IAsyncLifetime
{
    private readonly TestDatabase database = new();
    private readonly TestVhost vhost = new();
    private readonly TestBucket bucket = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await database.InitializeAsync();
        await vhost.InitializeAsync();
        await bucket.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await bucket.DisposeAsync();
        await vhost.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task Devices_and_recordings_of_the_first_version_keep_their_spec_and_why_they_failed()
    {
        await using (var connection = new NpgsqlConnection(database.ConnectionString("ingest")))
        {
            await FirstVersion(connection);
            await connection.ExecuteAsync("""
                INSERT INTO device (code, site, machine_type, time_zone, feature_spec, revision, changed_at) VALUES
                    ('U-1', 's', 'pump', 'UTC', 'default', 3, now()),
                    ('U-2', 's', 'pump', 'UTC', 'long', 2, now());
                INSERT INTO recording (id, device, sha256, size_bytes, object_key, recorded_at, day, archived_at, label, state, reason, detail) VALUES
                    ('00000000-0000-0000-0000-000000000001', 'U-1', repeat('1', 64), 9, 'audio/1.wav', now(), '20260301', now(), 'normal', 'archived', NULL, NULL),
                    ('00000000-0000-0000-0000-000000000002', 'U-2', repeat('2', 64), 9, 'audio/2.wav', now(), '20260301', now(), 'normal', 'archived', 'too_short', '1 s'),
                    ('00000000-0000-0000-0000-000000000003', 'U-2', repeat('3', 64), 9, 'quarantine/3.wav', now(), '20260301', now(), 'normal', 'quarantined', 'corrupt_audio', 'byte 0');
                """);
        }

        await using var ingest = await ServiceProcess.Start("ingest", ServiceProcess.Settings(database, "ingest", vhost, bucket.Options));

        Assert.Equal("default default 3", await Device(ingest, "U-1"));
        Assert.Equal("long device 2", await Device(ingest, "U-2"));
        Assert.Equal("archived  wav", await Recording(ingest, 1));
        Assert.Equal("too_short too_short wav", await Recording(ingest, 2));
        Assert.Equal("quarantined corrupt_audio wav", await Recording(ingest, 3));
    }

    private static async Task FirstVersion(NpgsqlConnection connection)
    {
        var resource = typeof(Device).Assembly.GetManifestResourceNames().Single(name => name.Contains(".0001_", StringComparison.Ordinal));
        using var reader = new StreamReader(typeof(Device).Assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        var sql = await reader.ReadToEndAsync(Token);
        await connection.ExecuteAsync(sql);
        await connection.ExecuteAsync(
            """
            CREATE TABLE schema_migration (
                component text NOT NULL, number integer NOT NULL, name text NOT NULL, checksum text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (component, number));
            INSERT INTO schema_migration (component, number, name, checksum) VALUES ('ingest', 1, '0001', @checksum)
            """,
            new { checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql))) });
    }

    private static async Task<string> Device(ServiceProcess ingest, string code)
    {
        var device = await Json(ingest, $"devices/{code}");
        return $"{device.GetProperty("featureSpec")} {device.GetProperty("featureSpecFrom")} {device.GetProperty("revision")}";
    }

    private static async Task<string> Recording(ServiceProcess ingest, int number)
    {
        var recording = await Json(ingest, $"recordings/00000000-0000-0000-0000-00000000000{number}");
        return $"{recording.GetProperty("state")} {recording.GetProperty("reason")} {recording.GetProperty("format")}";
    }

    private static async Task<JsonElement> Json(ServiceProcess ingest, string path) =>
        await IngestFixture.Json(await ingest.Http.GetAsync(path, Token));
}
