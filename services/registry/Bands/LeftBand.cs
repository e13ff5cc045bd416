using System.Globalization;
using MassTransit;
using Npgsql;
using Platform.Contracts;
using Platform.Hosting;
using Platform.Registry.Alerts;
using Platform.Registry.Deployments;

namespace Platform.Registry.Bands;

/// <summary>
/// A champion whose false alarms or median score left the band that they had at deployment: one alert for each deployment, device and
/// measure, and, where the policy says so, the version before again. Only what was deployed forwards is undone: what somebody, or the
/// registry itself, went back to stays, so that two versions that both sound wrong to a machine which has changed never take turns.
/// </summary>
internal sealed partial class LeftBand(
    NpgsqlDataSource dataSource, UndoDeployment undo, BandPolicy policy, RaiseAlert alerts, ILogger<LeftBand> logger)
{
    private const string Actor = "registry";

    public async Task Note(ChampionLeftBand left, CancellationToken cancellationToken)
    {
        var wanted = await policy.RollsBack(left.ModelId, cancellationToken);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // The lock lets the second of two messages see what the first one came to.
        if (!await DeployVersion.Lock(connection, transaction, left.ModelId, cancellationToken)
            || await DeploymentStore.Champion(connection, transaction, left.ModelId, cancellationToken) is not { } champion
            || champion.Number != left.Deployment)
        {
            return; // a late word about a deployment that is live no more
        }

        var evidence = Evidence(left);
        var (outcome, back) = await Consequence(connection, transaction, champion, wanted, cancellationToken);
        var alert = new NewAlert(
            AlertKinds.ChampionLeftBand, $"{champion.Id}/{left.Measure}/{left.Device}", $"{left.ModelId} v{left.Version}: {evidence} {outcome}",
            left.ModelId, left.Version, left.Deployment);
        if (!await alerts.Raise(connection, transaction, alert, cancellationToken))
            return; // said before, with its consequences

        if (back is { } version)
        {
            await UndoDeployment.NoteRefusal(connection, transaction, champion, $"It left its band. {evidence}", cancellationToken);
            await undo.GoBack(connection, transaction, champion, version, Actor, $"Rolled back: {evidence}", cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        LogLeft(left.ModelId, left.Version, left.Deployment, evidence, outcome);
    }

    /// <summary>What is done about it, in words, and the version to go back to if that is it.</summary>
    private static async Task<(string Outcome, int? Back)> Consequence(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Deployment champion, bool wanted, CancellationToken cancellationToken)
    {
        if (!wanted)
            return ("It stays: the policy (rollbackOnDrift) leaves this to people.", null);
        if (champion.Kind != DeploymentKinds.Deployment)
            return ("It stays: it is itself what was gone back to.", null);
        return await DeployedAliases.WayBack(connection, transaction, champion.ModelId, cancellationToken) is { } version
            ? ($"Rolled back to v{version}, as the policy (rollbackOnDrift) says.", version)
            : ("It stays: there is nothing to go back to.", null);
    }

    private static string Evidence(ChampionLeftBand left) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Named(left.Measure)} of {left.Device} is {left.Current:0.####}, outside {left.Low:0.####} to {left.High:0.####} ({left.Baseline:0.####} at deployment {left.Deployment}).");

    private static string Named(string measure) => measure switch
    {
        BandMeasures.MedianScore => "The median score",
        BandMeasures.FalseAlarms => "The share of false alarms",
        _ => measure,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{ModelId} v{Version} (deployment {Deployment}) left its band. {Evidence} {Outcome}")]
    private partial void LogLeft(string modelId, int version, long deployment, string evidence, string outcome);
}

/// <summary>Hears that a champion left its band. Safe to redeliver, also to several registries at once: alert and rollback happen once.</summary>
internal sealed class NoteLeftBandConsumer(LeftBand bands) : IConsumer<ChampionLeftBand>
{
    public Task Consume(ConsumeContext<ChampionLeftBand> context) => bands.Note(context.Message, context.CancellationToken);
}

internal static class BandSetup
{
    public static IServiceCollection AddBands(this IServiceCollection services) => services.AddSingleton<BandPolicy>().AddSingleton<LeftBand>();

    public static PlatformBus ConsumeBands(this PlatformBus bus) => bus.Work<NoteLeftBandConsumer, ChampionLeftBand>();
}
