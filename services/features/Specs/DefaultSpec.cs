using Platform.Dsp;

namespace Platform.Features.Specs;

/// <summary>Makes sure that the spec of devices that name no other is there before the first recording comes.</summary>
internal sealed class DefaultSpec(FeatureSpecStore specs) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => specs.Add(FeatureSpec.Default, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
