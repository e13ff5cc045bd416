using System.Net;
using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Ingest.Tests;

/// <summary>Each test has processes of its own: one of them kills the fixture's, and their order is open.</summary>
public sealed class OutageTests(IngestFixture ingest) : IClassFixture<IngestFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_killed_between_archive_and_row_is_healed_by_uploading_again()
    {
        var wave = IngestFixture.Wave(1);
        await using (var victim = await ServiceProcess.Start("ingest", ingest.Settings()))
        await using (var blocker = new NpgsqlConnection(ingest.Database.AdminConnectionString))
        {
            await blocker.OpenAsync(Token);
            await using var transaction = await blocker.BeginTransactionAsync(Token);
            await blocker.ExecuteAsync("LOCK TABLE ingest.recording IN SHARE MODE", transaction: transaction); // reads go on, rows wait
            var upload = IngestFixture.Upload(victim.Http, "O-1", wave);
            await Eventually.Is(async () => (await ingest.Keys("audio/O-1/")).Count == 1);
            await victim.Kill();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => upload);
            await transaction.RollbackAsync(Token);
        }

        Assert.Equal(0, await ingest.CountRecordings("O-1"));
        await using var heir = await ServiceProcess.Start("ingest", ingest.Settings());
        Assert.Equal(HttpStatusCode.Created, (await IngestFixture.Upload(heir.Http, "O-1", wave)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await IngestFixture.Upload(heir.Http, "O-1", wave)).StatusCode);
        Assert.Single(await ingest.Keys("audio/O-1/"));
        Assert.Single(await ingest.Heard<AudioArchived>(IngestFixture.ArchivedHeard, it => it.Device == "O-1", 1));
    }

    [Fact]
    public async Task Recordings_are_taken_while_the_broker_is_away_and_announced_when_it_is_back()
    {
        await using var broker = new TcpProxy(TestServers.RabbitMq.Host, TestServers.RabbitMq.Port);
        var settings = ingest.Settings();
        settings["Bus__Uri"] = new UriBuilder(ingest.Vhost.Uri) { Host = "127.0.0.1", Port = broker.Port }.Uri.AbsoluteUri;
        await using var second = await ServiceProcess.Start("ingest", settings);
        await ingest.Service.Kill(); // or it would relay for the second one
        await broker.Close();

        var uploaded = await IngestFixture.Upload(second.Http, "O-2", IngestFixture.Wave(2));

        Assert.Equal(HttpStatusCode.Created, uploaded.StatusCode);
        await Eventually.Is(async () => (await second.Http.GetAsync("health/ready", Token)).StatusCode == HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, (await second.Http.GetAsync("health/live", Token)).StatusCode);
        var report = await IngestFixture.Json(await second.Http.GetAsync("health/ready", Token));
        Assert.Equal("unhealthy", report.GetProperty("checks").GetProperty("bus").GetProperty("status").GetString());
        Assert.Equal("healthy", report.GetProperty("checks").GetProperty("store").GetProperty("status").GetString());

        broker.Open();
        Assert.Single(await ingest.Heard<AudioArchived>(IngestFixture.ArchivedHeard, it => it.Device == "O-2", 1));
        await Eventually.Is(async () => (await second.Http.GetAsync("health/ready", Token)).IsSuccessStatusCode, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task What_an_upload_left_in_staging_is_swept_when_it_is_old()
    {
        await ingest.Store.Put("staging/left.wav", new MemoryStream([1]), Token);
        var settings = ingest.Settings();
        settings["Ingest__StagingMaxAge"] = "00:00:02";

        await using var sweeper = await ServiceProcess.Start("ingest", settings);

        await Eventually.Is(async () => (await ingest.Keys("staging/")).Count == 0);
        await Eventually.Is(() => sweeper.Log.Contains("staging/left.wav", StringComparison.Ordinal));
    }
}
