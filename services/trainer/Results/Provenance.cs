using System.Reflection;
using Platform.Contracts;

namespace Platform.Trainer.Results;

/// <summary>What made a run and what kind of run it is, for <c>metadata.json</c> of run and package.</summary>
internal static class Provenance
{
    /// <summary>Of the source that this trainer was built from; null when it was built outside a repository.</summary>
    internal static string? GitCommit { get; } = CommitOf(
        typeof(Provenance).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);

    /// <summary>The SDK appends the commit to the version as its build part.</summary>
    internal static string? CommitOf(string? informationalVersion) =>
        informationalVersion?.Split('+', 2) is [_, { Length: > 0 } commit] ? commit : null;

    /// <summary>Mode, scope, aggregation if there is one, and type: <c>full machine_type/pump_all balanced conv-ae</c>.</summary>
    internal static string Describe(TrainRequested run) => string.Join(
        ' ',
        new[] { run.Parameters.Mode, $"{run.Scope.Mode}/{run.Scope.Scope}", run.Scope.Aggregation, run.Scope.ModelType }.Where(part => part is not null));
}
