using System.Text.Json;
using Dapper;
using Npgsql;
using Platform.Contracts;
using Platform.Testing;

namespace Platform.Features.Tests;

public sealed class DeviceDataTests(FeaturesFixture features) : IClassFixture<FeaturesFixture>
{
    [Fact]
    public async Task Failures_are_counted_by_reason_and_audio_by_the_hour()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("D-1", "small");
        await features.Record("D-1", seed: 1, day: "20260103");
        await features.Record("D-1", seed: 2, day: "20251231");
        foreach (var seed in new[] { 3, 4 })
            await features.Publish(await features.Archive("D-1", Recordings.Noise(seconds: 0.5, seed)));
        await features.Publish(await features.Archive("D-1", [1, 2, 3]));

        await features.DataBecomes("D-1", """recordings=5 extracted=2 failed=3 failures={"too_short":2,"unsupported_audio":1} firstDay=20251231 lastDay=20260103""");

        Assert.Equal(4 / 3600.0, (await features.Data("D-1")).GetProperty("hours").GetDouble(), 1e-9);
    }

    [Fact]
    public async Task A_changed_spec_shows_how_far_re_extraction_is_until_it_is_through()
    {
        await features.CreateSpec("small");
        await features.CreateSpec("half", winSeconds: 0.5);
        await features.AnnounceDevice("D-2", "small", revision: 1);
        await features.Record("D-2", seed: 1);
        await features.Record("D-2", seed: 2);
        await features.DataBecomes("D-2", "extracted=2 reextraction= previousSpecLive=False");
        var (request, dataset) = await features.Answer(await features.Ask(new(), champion: null, "D-2"));
        await features.Deploy(request, dataset, deployment: 1);

        // The change without its message is the moment before the first recording is extracted again.
        await Execute("UPDATE device SET feature_spec = 'half', spec_changed = true WHERE device = 'D-2'");
        await features.DataBecomes(
            "D-2", """extracted=0 reextraction={"done":0,"total":2} previousSpecLive=True state=retrain_needed reason=spec""");

        await features.AnnounceDevice("D-2", "half", revision: 2);
        await features.DataBecomes("D-2", "extracted=2 reextraction= previousSpecLive=True state=retrain_needed reason=spec");
    }

    [Fact]
    public async Task Counting_a_device_keeps_none_of_its_recordings_waiting()
    {
        await features.CreateSpec("small");
        await features.AnnounceDevice("D-3", "small");
        await features.Record("D-3", seed: 1);
        await features.Hear<DeviceDataChanged>(data => data is { Device: "D-3", Extracted: 1 });
        await using var connection = new NpgsqlConnection(features.Database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var slow = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync("LOCK TABLE features.recording IN ACCESS EXCLUSIVE MODE", transaction: slow); // counting lasts until we are done

        const string change = "SET lock_timeout = '5s'; UPDATE device SET changes = changes + 1 WHERE device = 'D-3'";
        await Execute(change);
        await Eventually.Is(async () => await connection.ExecuteScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'features.recording'::regclass)", transaction: slow));
        await Execute(change); // with the row locked this would time out

        await slow.RollbackAsync(TestContext.Current.CancellationToken);
        await Eventually.Is(async () => await connection.ExecuteScalarAsync<bool>("SELECT announced = changes FROM features.device WHERE device = 'D-3'"));
        var heard = features.Heard<DeviceDataChanged>(data => data.Device == "D-3");
        Assert.Equal(heard.Select(data => data.Revision).Order().Distinct(), heard.Select(data => data.Revision));
    }

    private async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(features.Database);
        await connection.ExecuteAsync($"SET search_path = features; {sql}");
    }
}
