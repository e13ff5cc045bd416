using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Platform.Hosting;

public static class ObjectStoreExtensions
{
    /// <summary>Adds <see cref="IObjectStore"/>: a folder or a bucket, by the scheme of <c>ObjectStore:Uri</c>.</summary>
    public static WebApplicationBuilder AddObjectStore(this WebApplicationBuilder builder)
    {
        builder.AddSettings<ObjectStoreOptions>("ObjectStore");
        builder.Services.AddSingleton(services => (IProbedObjectStore)ObjectStores.Open(services.GetRequiredService<ObjectStoreOptions>()));
        builder.Services.AddSingleton<IObjectStore>(services => services.GetRequiredService<IProbedObjectStore>());
        builder.Services.AddHealthChecks().AddCheck<ObjectStoreHealthCheck>("store", tags: [Readiness.Tag]);
        return builder;
    }
}

/// <summary>Opens a store outside a host too: the CLI and tests use it.</summary>
public static class ObjectStores
{
    public static IObjectStore Open(ObjectStoreOptions options)
    {
        if (!options.IsFolder)
            return new S3ObjectStore(options);

        try
        {
            return new FolderObjectStore(options.Folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"ObjectStore:Uri is '{options.Uri}': {exception.Message}", exception);
        }
    }
}

/// <summary>Ready means: the store can be written to (folder) or answers for its bucket (S3).</summary>
internal sealed class ObjectStoreHealthCheck(IProbedObjectStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await store.Probe(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
