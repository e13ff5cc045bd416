using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Platform.Hosting.Tests;

/// <summary>What an operator reads when a setting is wrong; that the process ends with it is tested with a real service.</summary>
public sealed class SettingsTests
{
    private static readonly Dictionary<string, string> Good = new()
    {
        ["Database__ConnectionString"] = "Host=db;Username=ingest;Password=x;Database=platform",
        ["Bus__Uri"] = "amqp://user:p%40ss@rabbit:5672/%2Fodd",
        ["ObjectStore__Uri"] = "s3://bucket",
        ["ObjectStore__AccessKey"] = "key",
        ["ObjectStore__SecretKey"] = "secret",
    };

    [Theory]
    [InlineData("Database__ConnectionString", "", "Database:ConnectionString (environment variable Database__ConnectionString) is missing: give an Npgsql")]
    [InlineData("Database__ConnectionString", "Hst=hush", "Database:ConnectionString (environment variable Database__ConnectionString) (value not shown): it is not an Npgsql")]
    [InlineData("Database__ConnectionString", "Host=db", "(value not shown): it names no Username")]
    [InlineData("Database__StartupTimeout", "-00:00:01", "Database:StartupTimeout (environment variable Database__StartupTimeout) is '-00:00:01': allowed is")]
    [InlineData("Bus__Uri", "http://hush", "(value not shown): it must start with amqp://")]
    [InlineData("Bus__Uri", "amqp://hush", "(value not shown): it must name user and password")]
    [InlineData("Bus__Instance", "a b", "Bus:Instance (environment variable Bus__Instance) is 'a b': allowed are")]
    [InlineData("ObjectStore__Uri", "ftp://x/y", "ObjectStore:Uri (environment variable ObjectStore__Uri) is 'ftp://x/y': allowed are")]
    [InlineData("ObjectStore__Uri", "/data", "is '/data': allowed are")]
    [InlineData("ObjectStore__Uri", "s3://bucket/folder", "it must name a bucket and nothing else")]
    [InlineData("ObjectStore__SecretKey", "", "ObjectStore:SecretKey (environment variable ObjectStore__SecretKey) is missing: an s3:// store needs it")]
    [InlineData("ObjectStore__Endpoint", "minio", "ObjectStore:Endpoint (environment variable ObjectStore__Endpoint) is 'minio'")]
    [InlineData("Otlp__Endpoint", "collector", "Otlp:Endpoint (environment variable Otlp__Endpoint) is 'collector'")]
    [InlineData("Bus__RetryInterval", "soon", "'soon' at 'Bus:RetryInterval'")]
    public async Task A_wrong_setting_is_told_in_one_line(string key, string value, string expected)
    {
        await using var app = Build(new(Good) { [key] = value });

        var failure = Assert.ThrowsAny<Exception>(() => app.Services.GetRequiredService<IStartupValidator>().Validate());
        var line = StartFailure.Describe(failure);

        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line!);
    }

    [Fact]
    public async Task Right_settings_are_taken_apart_correctly()
    {
        await using var app = Build(new(Good));

        app.Services.GetRequiredService<IStartupValidator>().Validate();

        var bus = app.Services.GetRequiredService<BusOptions>();
        Assert.Equal(("user", "p@ss", "/odd", 5672), (bus.User, bus.Password, bus.VirtualHost, bus.Port));
        Assert.Equal(("/", 5671), (new BusOptions { Uri = "amqps://u:p@rabbit" }.VirtualHost, new BusOptions { Uri = "amqps://u:p@rabbit" }.Port));
        Assert.Equal("/data/a b", new ObjectStoreOptions { Uri = "file:///data/a%20b" }.Folder);
    }

    private static Microsoft.AspNetCore.Builder.WebApplication Build(Dictionary<string, string> settings) => TestHost.Build(
        settings,
        builder =>
        {
            builder.AddDatabase();
            builder.AddObjectStore();
            builder.AddOutbox();
            builder.AddBus();
        });
}
