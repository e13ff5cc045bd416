using MassTransit;
using Platform.Contracts;

namespace Platform.Registry.Models;

/// <summary>
/// Gives a finished run its version. Safe to redeliver at any point: one run is one version, and a finished registration is
/// announced again. A package of a run that was cancelled or failed meanwhile stays in its run folder and gets no version.
/// </summary>
internal sealed class RegisterVersionConsumer(RegisterVersion registration) : IConsumer<TrainingCompleted>
{
    public Task Consume(ConsumeContext<TrainingCompleted> context) =>
        registration.Register(context.Message, context.CancellationToken);
}
