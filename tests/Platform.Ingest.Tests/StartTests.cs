using Platform.Testing;

namespace Platform.Ingest.Tests;

/// <summary>What an operator sees when a setting is wrong, and when the process is told to stop.</summary>
public sealed class StartTests(IngestFixture ingest) : IClassFixture<IngestFixture>
{
    [Theory]
    [InlineData("Database__ConnectionString", "", "Database:ConnectionString (environment variable Database__ConnectionString) is missing")]
    [InlineData("Bus__Uri", "http://rabbit", "Bus:Uri (environment variable Bus__Uri) (value not shown): it must start with amqp://")]
    [InlineData("ObjectStore__Uri", "file:///proc/nowhere/store", "ObjectStore:Uri is 'file:///proc/nowhere/store'")]
    [InlineData("Ingest__MaxRecordingBytes", "many", "'many' at 'Ingest:MaxRecordingBytes'")]
    public async Task A_wrong_setting_ends_the_start_with_one_clear_line(string key, string value, string expected)
    {
        var settings = ingest.Settings();
        settings[key] = value;
        await using var service = ServiceProcess.Launch("ingest", settings);

        var exitCode = await service.WaitForExit(TimeSpan.FromSeconds(60));

        Assert.Equal(1, exitCode);
        var line = Assert.Single(service.Errors);
        Assert.StartsWith("ingest cannot start: ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_does_not_answer_ends_the_start_after_a_while()
    {
        var settings = ingest.Settings();
        settings["Database__ConnectionString"] = $"Host=127.0.0.1;Port={FreePorts.Next()};Username=ingest;Password=x;Database=platform";
        settings["Database__StartupTimeout"] = "00:00:02";
        await using var service = ServiceProcess.Launch("ingest", settings);

        Assert.Equal(1, await service.WaitForExit(TimeSpan.FromSeconds(60)));
        var line = Assert.Single(service.Errors);
        Assert.Contains("ingest cannot start: database 'platform' at 127.0.0.1:", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_start_with_one_clear_line()
    {
        var settings = ingest.Settings();
        settings["ASPNETCORE_URLS"] = ingest.Service.Address.AbsoluteUri;
        await using var service = ServiceProcess.Launch("ingest", settings);

        Assert.Equal(1, await service.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Contains("address already in use", Assert.Single(service.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sigterm_is_a_clean_end()
    {
        await using var service = await ServiceProcess.Start("ingest", ingest.Settings());

        Assert.Equal(0, await service.Stop());
    }

    [Fact]
    public async Task Two_instances_start_at_once_on_an_empty_database()
    {
        await using var database = new TestDatabase();
        await database.InitializeAsync();
        var settings = ingest.Settings();
        settings["Database__ConnectionString"] = database.ConnectionString("ingest");

        var both = await Task.WhenAll(ServiceProcess.Start("ingest", settings), ServiceProcess.Start("ingest", settings));

        foreach (var service in both)
            await service.DisposeAsync();
    }
}
