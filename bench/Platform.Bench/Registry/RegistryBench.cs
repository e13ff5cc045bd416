using System.CommandLine;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Platform.Bench.Registry;

/// <summary><c>bench registry</c>: reading and creating while the registry is full, with many clients at once.</summary>
internal static class RegistryBench
{
    // Published for this shape of load: 20 clients, 30 s, local PostgreSQL, their hardware.
    private const double MlflowCreatesPerSecond = 784;
    private const double GoRewriteCreatesPerSecond = 1_448;

    // What the API and the command line take when nobody says otherwise.
    private const int PageSize = 50;

    private const double ReadLimitMilliseconds = 15;
    private const double CreateLimitMilliseconds = 25;

    public static Command Create(Option<bool> json)
    {
        var models = new Option<int>("--models") { Description = "Models with two versions each.", DefaultValueFactory = _ => 50_000 };
        var clients = new Option<int>("--clients") { Description = "Clients at once.", DefaultValueFactory = _ => 20 };
        var seconds = new Option<double>("--seconds") { Description = "Of each load, after a warm-up.", DefaultValueFactory = _ => 20 };
        var command = new Command("registry", "Latencies of lists, models and new runs with 100 000 versions, and new runs per second.") { models, clients, seconds };
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var servers = BenchServers.Start();
            await using var registry = await FullRegistry.Start(parse.GetValue(models), cancellationToken);
            var rows = await Measure(registry, parse.GetValue(clients), parse.GetValue(seconds), cancellationToken);
            foreach (var row in rows)
                row.Print(parse.GetValue(json));
            return rows.All(row => row.Holds) ? 0 : 1;
        });
        return command;
    }

    private static async Task<List<Row>> Measure(FullRegistry registry, int clients, double seconds, CancellationToken cancellationToken)
    {
        var pages = await Run("GET /models?…", new ModelPages(registry, clients).Next);
        var models = await Run("GET /models/{id}", (client, number) => Read(registry, $"models/device/D-{Pick(client, number) % registry.Models}_all/conv-ae"));
        var creates = await Run("POST /runs", (client, number) => StartRun(registry, client + (number * clients)));
        return
        [
            Latency($"GET /models, a page of {PageSize}: p99", pages, ReadLimitMilliseconds),
            Latency("GET /models/{id}: p99", models, ReadLimitMilliseconds),
            Latency("POST /runs: p99", creates, CreateLimitMilliseconds),
            new("runs created, against MLflow's figure", creates.PerSecond, MlflowCreatesPerSecond, "runs/s", creates.PerSecond / MlflowCreatesPerSecond, 1),
            new("runs created, against its Go rewrite's", creates.PerSecond, GoRewriteCreatesPerSecond, "runs/s", creates.PerSecond / GoRewriteCreatesPerSecond, 1),
        ];

        async Task<Load> Run(string name, Func<int, int, Task> request)
        {
            var load = await ClosedLoop.Run(clients, seconds, request, registry.Busy, cancellationToken);
            await Console.Error.WriteLineAsync($"{name}: {load.Summary}");
            return load;
        }
    }

    private static Row Latency(string name, Load load, double limit) => new(name, load.P99, limit, "ms", load.P99 / limit, 1, Better.Lower);

    // Any model, the same ones in every run of the benchmark.
    private static int Pick(int client, int number) => (int)((uint)HashCode(client, number) % int.MaxValue);

    private static int HashCode(int client, int number) => unchecked((client * 73_856_093) ^ (number * 19_349_663));

    private static async Task Read(FullRegistry registry, string path)
    {
        using var response = await registry.Http.GetAsync(path);
        response.EnsureSuccessStatusCode();
        await response.Content.ReadAsByteArrayAsync();
    }

    /// <summary>Devices without a model come first; each can have one active run only.</summary>
    private static async Task StartRun(FullRegistry registry, int number)
    {
        if (number >= registry.Devices)
            throw new InvalidOperationException($"All {registry.Devices} devices have an active run; give --models a larger number.");
        var device = $"D-{registry.Devices - 1 - number}";
        using var response = await registry.Http.PostAsJsonAsync("runs", new { mode = "device", device });
        if (response.StatusCode != HttpStatusCode.Accepted)
            throw new InvalidOperationException($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }

    /// <summary>Each client pages through the list in an order of its own.</summary>
    private sealed class ModelPages(FullRegistry registry, int clients)
    {
        private static readonly string[] Orders = ["", "&sort=-changedAt", "&sort=createdAt", "&deployed=true", "&mode=device&sort=-modelId"];

        private readonly string?[] next = new string?[clients];

        public async Task Next(int client, int number)
        {
            var after = next[client] is { } known ? $"&after={known}" : "";
            using var response = await registry.Http.GetAsync($"models?limit={PageSize}{Orders[client % Orders.Length]}{after}");
            using var page = JsonDocument.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync());
            next[client] = page.RootElement.GetProperty("next").GetString();
        }
    }
}
