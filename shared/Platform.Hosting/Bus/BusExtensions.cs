using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Platform.Hosting;

public static class BusExtensions
{
    /// <summary>Adds RabbitMQ with the queues that the service consumes; a broker that is away is waited for, not failed on.</summary>
    public static WebApplicationBuilder AddBus(this WebApplicationBuilder builder, Action<PlatformBus>? configure = null)
    {
        var service = ServiceIdentity.Of(builder);
        var queues = new PlatformBus(service.Name);
        configure?.Invoke(queues);

        builder.AddSettings<BusOptions>("Bus");
        builder.Services.Configure<MassTransitHostOptions>(options => options.StopTimeout = TimeSpan.FromSeconds(25));
        builder.Services.AddMassTransit(bus =>
        {
            foreach (var consumer in queues.Queues.Select(queue => queue.ConsumerType).Distinct())
                bus.AddConsumer(consumer);

            bus.DisableUsageTelemetry(); // a plant's network is nobody else's business

            // Ready is what /health/ready says; MassTransit's own check is one part of the bus probe there.
            bus.ConfigureHealthCheckOptions(health => health.Tags.Clear());
            bus.UsingRabbitMq((context, rabbit) => Configure(context, rabbit, queues, service));
        });
        builder.Services.AddSingleton<BrokerConnection>();
        builder.Services.AddHealthChecks().AddCheck<BusHealthCheck>("bus", tags: [Readiness.Tag]);
        return builder;
    }

    private static void Configure(
        IBusRegistrationContext context,
        IRabbitMqBusFactoryConfigurator rabbit,
        PlatformBus queues,
        ServiceIdentity service)
    {
        var options = context.GetRequiredService<BusOptions>();
        var instance = (options.Instance ?? service.Instance).ToLowerInvariant();

        rabbit.Host(options.Address.Host, (ushort)options.Port, options.VirtualHost, $"{service.Name} {instance}", host =>
        {
            host.Username(options.User);
            host.Password(options.Password);
            host.PublisherConfirmation = true;
            if (options.Tls)
                host.UseSsl(ssl => ssl.ServerName = options.Address.Host);
        });

        foreach (var queue in queues.Queues)
        {
            rabbit.ReceiveEndpoint(queue.NameFor(instance), endpoint =>
            {
                queue.Declare(endpoint);
                (endpoint.PrefetchCount, endpoint.ConcurrentMessageLimit) = queue.Endpoint.Limits(context);
                endpoint.UseMessageRetry(retry => queue.Endpoint.ConfigureRetry(retry, options.RetryInterval));
                endpoint.UseInMemoryOutbox(context); // publish only after the consumer succeeded
                endpoint.ConfigureConsumer(context, queue.ConsumerType);
            });
        }
    }
}
