using MassTransit;
using Platform.Contracts;
using Platform.Registry.Runs;

namespace Platform.Registry.Imports;

/// <summary>Fails an import whose files ended every trainer that took them. Safe to redeliver: an ended run stays as it is.</summary>
internal sealed class FailDeadImportConsumer(RunEndings endings) : IConsumer<ImportModel>
{
    public Task Consume(ConsumeContext<ImportModel> context) => endings.TryEnd(
        context.Message.RunId, RunStates.Failed, "Its files ended every trainer that took them, until the broker gave up delivering them.", context.CancellationToken);
}
