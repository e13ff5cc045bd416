using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Platform.Hosting;

public static class OutboxExtensions
{
    /// <summary>Adds <see cref="IOutbox"/> and its relay; needs AddDatabase and AddBus.</summary>
    public static WebApplicationBuilder AddOutbox(this WebApplicationBuilder builder)
    {
        builder.Services.AddMigrations("platform-hosting", typeof(OutboxExtensions).Assembly);
        builder.Services.AddSingleton<IOutbox, PostgresOutbox>();
        builder.Services.AddSingleton<OutboxBatches>();
        builder.Services.AddSingleton<OutboxPublisher>();
        builder.Services.AddHostedService<OutboxRelay>();
        return builder;
    }
}
