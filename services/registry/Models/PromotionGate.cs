using System.Globalization;

namespace Platform.Registry.Models;

/// <summary>What is deployed when a run has ended; the gate compares the run's evidence with it.</summary>
/// <param name="Abandoned">Devices of the run that it serves and for which the new version has no threshold; null for none.</param>
internal sealed record DeployedChampion(int Version, string SpecHash, IReadOnlyList<string>? Abandoned = null);

/// <summary>What the gate knows about a finished run.</summary>
/// <param name="SpecHash">Feature spec of the new version.</param>
/// <param name="ThresholdCount">Thresholds fitted, over devices and detectors.</param>
/// <param name="ChampionAtStart">What was deployed when the run was created; null for none.</param>
/// <param name="ColdStart">Trained anew on everything there is: what went before is no measure for it.</param>
/// <param name="Force">Somebody wants this version whatever the comparison says.</param>
internal sealed record GateEvidence(
    string SpecHash,
    int ThresholdCount,
    double? NewErrorDb2,
    double? OldErrorDb2,
    int? ComparedWithVersion,
    int? ChampionAtStart,
    double RollbackFactor,
    bool AutoDeploy,
    bool ColdStart = false,
    bool Force = false);

/// <param name="Accepted">False only for a version that was measured and found worse.</param>
/// <param name="Deploy">True when the version is to be served at once.</param>
/// <param name="Reason">The evidence in numbers, for people.</param>
internal sealed record GateDecision(bool Accepted, bool Deploy, string Reason);

/// <summary>
/// Decides what becomes of a trained version. It is rejected only on evidence against it, and deployed only when nothing speaks
/// against serving it; everything between is registered and left to a person.
/// </summary>
internal static class PromotionGate
{
    public static GateDecision Decide(GateEvidence evidence, DeployedChampion? champion)
    {
        var measured = Comparison(evidence);

        // An error measured against a version that is no longer served says nothing about the one that is.
        var comparedWith = evidence.ComparedWithVersion ?? evidence.ChampionAtStart;
        if (comparedWith != champion?.Version && !evidence.Force)
            return Registered($"the champion changed meanwhile: the run was made against {Name(comparedWith)}, now it is {Name(champion?.Version)}{measured}");

        var skipped = evidence.Force ? "forced" : evidence.ColdStart ? "cold start" : null;

        // Not "new > factor × old", so that an error that is not a number counts against the version.
        if (skipped is null && evidence.OldErrorDb2 is { } old && !(evidence.NewErrorDb2 <= evidence.RollbackFactor * old))
            return new(Accepted: false, Deploy: false, $"Rejected: worse than {Name(comparedWith)}{measured}.");

        if (evidence.ThresholdCount == 0)
            return Registered($"no threshold could be fitted, there is too little data{measured}");
        if (skipped is null && champion is not null && evidence.OldErrorDb2 is null && champion.SpecHash == evidence.SpecHash)
            return Registered($"it was not compared with the champion {Name(champion.Version)}");
        if (!evidence.Force && champion is { Abandoned: { Count: > 0 } abandoned })
            return Registered($"{Name(champion.Version)} serves {Devices(abandoned)}, for which no threshold could be fitted now, and nothing would be left for them{measured}");
        if (!evidence.AutoDeploy)
            return Registered($"autoDeploy is off{measured}");

        return new(Accepted: true, Deploy: true, champion switch
        {
            null => "Deployed: the first version of this model that can be served.",
            _ when skipped is not null => $"Deployed without gate: {skipped}{measured}.",
            _ when evidence.OldErrorDb2 is null => $"Deployed: its feature spec differs from that of {Name(champion.Version)}, so errors cannot be compared.",
            _ => $"Deployed: good enough against {Name(champion.Version)}{measured}.",
        });
    }

    private static GateDecision Registered(string why) => new(Accepted: true, Deploy: false, $"Registered, not deployed: {why}.");

    private static string Comparison(GateEvidence evidence) => evidence is { OldErrorDb2: { } old, ComparedWithVersion: { } version }
        ? string.Create(
            CultureInfo.InvariantCulture,
            $" (new error {evidence.NewErrorDb2:G6} dB², {Name(version)} {old:G6} dB², limit {evidence.RollbackFactor:G6} × {old:G6} = {evidence.RollbackFactor * old:G6} dB²)")
        : "";

    private static string Devices(IReadOnlyList<string> devices) =>
        devices.Count <= 5 ? string.Join(", ", devices) : $"{string.Join(", ", devices.Take(5))} and {devices.Count - 5} more";

    private static string Name(int? version) => version is { } number ? $"v{number}" : "none";
}
