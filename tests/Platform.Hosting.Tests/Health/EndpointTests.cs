using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Npgsql;
using Platform.Testing;

namespace Platform.Hosting.Tests;

public sealed class EndpointTests(TestDatabase database, TestBucket bucket) : IClassFixture<TestDatabase>, IClassFixture<TestBucket>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ready_names_the_part_that_is_down_and_live_does_not_care()
    {
        await using var proxy = new TcpProxy(new Uri(TestServers.S3).Host, new Uri(TestServers.S3).Port);
        var settings = StoreSettings(bucket.Options with { Endpoint = $"http://127.0.0.1:{proxy.Port}" });
        settings["Database__ConnectionString"] = database.ConnectionString("ingest");
        await using var host = await TestHost.Start(settings, builder => builder.AddDatabase().AddObjectStore());
        Assert.Equal("""{"status":"healthy","checks":{"database":{"status":"healthy","detail":null},"store":{"status":"healthy","detail":null}}}""",
            await host.Http.GetStringAsync("health/ready", Token));

        await proxy.Close();

        var started = DateTimeOffset.UtcNow;
        var response = await host.Http.GetAsync("health/ready", Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.InRange(DateTimeOffset.UtcNow - started, TimeSpan.Zero, TimeSpan.FromSeconds(30)); // three, and what a busy machine adds
        var checks = (await response.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("checks");
        Assert.Equal("unhealthy", checks.GetProperty("store").GetProperty("status").GetString());
        Assert.NotEqual("", checks.GetProperty("store").GetProperty("detail").GetString());
        Assert.Equal("healthy", checks.GetProperty("database").GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync("health/live", Token)).StatusCode);

        proxy.Open();
        await Eventually.Is(async () => (await host.Http.GetAsync("health/ready", Token)).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_folder_that_is_gone_and_a_bucket_that_never_was_are_not_ready()
    {
        using var folder = new TestFolder();
        var store = Path.Combine(folder.Path, "store");
        await using var onFolder = await TestHost.Start(
            new Dictionary<string, string> { ["ObjectStore__Uri"] = new Uri(store).AbsoluteUri }, builder => builder.AddObjectStore());
        await using var onBucket = await TestHost.Start(
            StoreSettings(bucket.Options with { Uri = "s3://no-such-bucket" }), builder => builder.AddObjectStore());
        Assert.Equal(HttpStatusCode.OK, (await onFolder.Http.GetAsync("health/ready", Token)).StatusCode);

        Directory.Delete(store, recursive: true);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await onFolder.Http.GetAsync("health/ready", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await onBucket.Http.GetAsync("health/ready", Token)).StatusCode);
    }

    [Fact]
    public async Task A_part_that_hangs_counts_as_down_after_a_bounded_time()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start(); // takes connections and never answers
        var endpoint = $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}";
        await using var host = await TestHost.Start(StoreSettings(bucket.Options with { Endpoint = endpoint }), builder => builder.AddObjectStore());

        var started = Stopwatch.GetTimestamp();
        var response = await host.Http.GetAsync("health/ready", Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30)); // without a bound the client gives up after 100
    }

    [Fact]
    public async Task Metrics_are_prometheus_text()
    {
        await using var host = await TestHost.Start(new Dictionary<string, string>(), _ => { });
        using var meter = new Meter("Platform.Hosting.Tests");
        var counter = meter.CreateCounter<long>("test.things", "{thing}", "Things.\nSecond line \\ backslash");
        counter.Add(3, new KeyValuePair<string, object?>("device.code", "a\"b\\c\nd"));
        var upDown = meter.CreateUpDownCounter<long>("test.open");
        upDown.Add(5);
        upDown.Add(-2);
        meter.CreateHistogram<double>("test.duration", "s").Record(0.02);
        await host.Http.GetAsync("health/live", Token);

        var text = await host.Http.GetStringAsync("metrics", Token);
        var again = await host.Http.GetStringAsync("metrics", Token);

        Assert.Contains("# HELP test_things_total Things.\\nSecond line \\\\ backslash\n# TYPE test_things_total counter\n", text, StringComparison.Ordinal);
        Assert.Contains("test_things_total{otel_scope_name=\"Platform.Hosting.Tests\",device_code=\"a\\\"b\\\\c\\nd\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE test_open gauge\ntest_open{otel_scope_name=\"Platform.Hosting.Tests\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE test_duration_seconds histogram\n", text, StringComparison.Ordinal);
        Assert.Contains("test_duration_seconds_bucket{otel_scope_name=\"Platform.Hosting.Tests\",le=\"+Inf\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("http_server_request_duration_seconds_count", text, StringComparison.Ordinal);
        Assert.Contains("test_things_total{", again, StringComparison.Ordinal);
        RequireWellFormed(text);
    }

    [Fact]
    public async Task Every_error_is_a_problem_detail_and_a_failure_keeps_its_insides_to_itself()
    {
        var app = TestHost.Build(new Dictionary<string, string>(), _ => { });
        app.MapGet("/bug", string () => throw new InvalidOperationException("secret insides"));
        app.MapGet("/away", string () => throw new NpgsqlException("gone", new IOException()));
        app.MapGet("/number/{n:int}", (int n, int more) => n + more);
        app.MapPost("/thing", (ThingHappened thing) => thing);
        await app.StartAsync(Token);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };

        await Expect(http.GetAsync("bug", Token), HttpStatusCode.InternalServerError, null);
        await Expect(http.GetAsync("away", Token), HttpStatusCode.ServiceUnavailable, "database");
        await Expect(http.GetAsync("number/1?more=x", Token), HttpStatusCode.BadRequest, "\"int more\" from \"x\"");
        await Expect(http.GetAsync("nowhere", Token), HttpStatusCode.NotFound, null);
        await Expect(http.DeleteAsync("thing", Token), HttpStatusCode.MethodNotAllowed, null);
        await Expect(http.PostAsJsonAsync("thing", new { id = Guid.Empty, number = "x", text = "" }, Token), HttpStatusCode.BadRequest, "$.number");
        await Expect(http.PostAsJsonAsync("thing", new { id = Guid.Empty }, Token), HttpStatusCode.BadRequest, "number");
        await app.DisposeAsync();
    }

    private static async Task Expect(Task<HttpResponseMessage> request, HttpStatusCode status, string? detail)
    {
        var response = await request;
        var body = await response.Content.ReadAsStringAsync(Token);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal((int)status, JsonDocument.Parse(body).RootElement.GetProperty("status").GetInt32());
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        if (detail is not null)
            Assert.Contains(detail, JsonDocument.Parse(body).RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Each sample follows its own TYPE line, no family comes twice, each value is a number.</summary>
    private static void RequireWellFormed(string text)
    {
        var (family, seen) = ("", new HashSet<string>());
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
                Assert.True(seen.Add(family), $"{family} comes twice");
            }
            else if (!line.StartsWith('#'))
            {
                Assert.StartsWith(family, line, StringComparison.Ordinal);
                var value = line[(line.LastIndexOf(' ') + 1)..];
                Assert.True(value is "+Inf" or "-Inf" or "NaN" || double.TryParse(value, CultureInfo.InvariantCulture, out _), line);
            }
        }
    }

    private static Dictionary<string, string> StoreSettings(ObjectStoreOptions store) => new()
    {
        ["ObjectStore__Uri"] = store.Uri,
        ["ObjectStore__Endpoint"] = store.Endpoint!,
        ["ObjectStore__AccessKey"] = store.AccessKey!,
        ["ObjectStore__SecretKey"] = store.SecretKey!,
    };
}
