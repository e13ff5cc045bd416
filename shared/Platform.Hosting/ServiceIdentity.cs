using System.Reflection;
using Microsoft.AspNetCore.Builder;

namespace Platform.Hosting;

/// <summary>Who this process is: names its schema, its queues and its telemetry.</summary>
/// <param name="Name">Service name, e.g. <c>ingest</c>.</param>
/// <param name="Assembly">Where the service's own migrations are embedded.</param>
public sealed record ServiceIdentity(string Name, Assembly Assembly)
{
    /// <summary>Machine and process, in letters that a queue name may have.</summary>
    public string Instance { get; init; } = $"{Environment.MachineName.ToLowerInvariant()}-{Environment.ProcessId}";

    public string Version { get; } =
        Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    internal static ServiceIdentity Of(WebApplicationBuilder builder) =>
        builder.Services.Select(descriptor => descriptor.ImplementationInstance).OfType<ServiceIdentity>().FirstOrDefault()
        ?? throw new InvalidOperationException("The builder must come from PlatformHost.CreateBuilder.");
}
