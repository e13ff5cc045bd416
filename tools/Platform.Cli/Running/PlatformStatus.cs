using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.Processes;
using Platform.Cli.Servers;
using Spectre.Console;

namespace Platform.Cli.Running;

/// <summary>One part of the platform as it stands now.</summary>
/// <param name="Health"><c>ready | starting | stopped</c>; starting covers everything that runs and does not answer as ready.</param>
internal sealed record PartStatus(string Name, int? Pid, int Port, string Health);

internal sealed record QueueStatus(string Name, long Ready, long Unacknowledged, int Consumers)
{
    /// <summary>A queue that is good news when it is empty.</summary>
    [JsonIgnore]
    public bool IsForFailures => Name.EndsWith("-dead", StringComparison.Ordinal) || Name.EndsWith("_error", StringComparison.Ordinal) || Name.EndsWith("_skipped", StringComparison.Ordinal);
}

/// <summary>What <c>status</c> tells.</summary>
/// <param name="Recordings">Of all devices; null while ingest does not answer.</param>
internal sealed record PlatformStatus(
    bool Running, IReadOnlyList<PartStatus> Parts, IReadOnlyList<QueueStatus> Queues, string ManagementUrl, string ManagementUser, string ManagementPassword,
    RecordingSummary? Recordings)
{
    public static async Task<PlatformStatus> Read(LocalPlatform platform, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        using var management = platform.RabbitMq.CreateManagementClient();
        var postgres = Part("postgres", platform.Postgres.FindAlive(), platform.Postgres.Port,
            await Probe.Connects(platform.Postgres.Port, cancellationToken));
        var rabbitMq = Part("rabbitmq", platform.RabbitMq.FindAlive(), platform.Ports.RabbitMq,
            await Probe.Answers(management, new("/api/overview", UriKind.Relative), successOnly: true, cancellationToken));
        var services = await Task.WhenAll(platform.Instances.Select(async instance =>
            Part(instance.Name, platform.FindAlive(instance), instance.Port,
                await Probe.Answers(client, instance.Health, successOnly: true, cancellationToken))));
        var queues = rabbitMq.Health == "ready" ? await ReadQueues(management, cancellationToken) : [];

        PartStatus[] parts = [postgres, rabbitMq, .. services];
        return new(parts.All(part => part.Health == "ready"), parts, queues,
            platform.RabbitMq.Management.ToString(), RabbitMqServer.User, platform.RabbitMqPassword,
            await CountRecordings(platform, services, cancellationToken));
    }

    public static void Show(PlatformStatus status, bool withQueues, Report report)
    {
        var parts = new Table().AddColumns("part", "pid", "port", "health");
        foreach (var part in status.Parts)
            parts.AddRow(part.Name, part.Pid?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "–", $"{part.Port}", part.Health);
        report.Show(parts);

        if (withQueues && status.Queues.Count > 0)
        {
            var queues = new Table().AddColumns("queue", "ready", "unacknowledged", "consumers");
            foreach (var queue in status.Queues.Where(queue => !queue.IsForFailures || queue.Ready + queue.Unacknowledged > 0))
                queues.AddRow(Markup.Escape(queue.Name), $"{queue.Ready}", $"{queue.Unacknowledged}", $"{queue.Consumers}");
            report.Show(queues);
        }

        if (withQueues && status.Recordings is { } recordings)
        {
            report.Line(
                $"Recordings: {recordings.Archived} archived ({recordings.Hours:0.0} hours; {recordings.Failed} without features), {recordings.TooShort} shorter than one window, {recordings.Quarantined} in quarantine");
        }

        report.Line($"Queues in the browser: {status.ManagementUrl} (user {status.ManagementUser}, password {status.ManagementPassword})");
    }

    private static PartStatus Part(string name, ProcessIdentity? process, int port, bool answers) =>
        new(name, process?.Pid, port, process is null ? "stopped" : answers ? "ready" : "starting");

    private static async Task<RecordingSummary?> CountRecordings(LocalPlatform platform, PartStatus[] services, CancellationToken cancellationToken)
    {
        if (!services.Any(service => service is { Name: "ingest", Health: "ready" }))
            return null;
        using var client = new PlatformClient(platform.Ports);
        return await client.GetRecordingSummary(cancellationToken);
    }

    private static async Task<IReadOnlyList<QueueStatus>> ReadQueues(HttpClient management, CancellationToken cancellationToken)
    {
        var queues = await management.GetFromJsonAsync<List<Queue>>(new Uri("/api/queues?disable_stats=false", UriKind.Relative), Client.Json.Snake, cancellationToken);
        return [.. (queues ?? []).Select(queue => new QueueStatus(queue.Name, queue.MessagesReady, queue.MessagesUnacknowledged, queue.Consumers)).OrderBy(queue => queue.Name, StringComparer.Ordinal)];
    }

    /// <summary>As the management API has it; a queue that was just made has no counts yet.</summary>
    private sealed record Queue(string Name, long MessagesReady = 0, long MessagesUnacknowledged = 0, int Consumers = 0);
}
