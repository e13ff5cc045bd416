using Platform.Registry.Models;

namespace Platform.Registry.Tests.Models;

public sealed class PromotionGateTests
{
    private static readonly GateEvidence Good = new(
        SpecHash: "spec", ThresholdCount: 1, NewErrorDb2: 10, OldErrorDb2: 8, ComparedWithVersion: 3, ChampionAtStart: 3, RollbackFactor: 2, AutoDeploy: true);

    private static readonly GateEvidence First = Good with { OldErrorDb2 = null, ComparedWithVersion = null, ChampionAtStart = null };

    private static readonly DeployedChampion V3 = new(3, "spec");

    public static TheoryData<string, bool, bool, string> Cases => new()
    {
        { "first", true, true, "the first version" },
        { "first without split", true, true, "the first version" },
        { "first without threshold", true, false, "no threshold" },
        { "first by hand", true, false, "autoDeploy is off" },
        { "better", true, true, "good enough against v3 (new error 7 dB², v3 8 dB², limit 2 × 8 = 16 dB²)" },
        { "at the limit", true, true, "new error 16 dB²" },
        { "just over the limit", false, false, "Rejected: worse than v3 (new error 16.001 dB², v3 8 dB², limit 2 × 8 = 16 dB²)" },
        { "not a number", false, false, "Rejected" },
        { "not measured", false, false, "Rejected" },
        { "over the limit, by hand, no threshold", false, false, "Rejected" },
        { "stricter factor", false, false, "limit 0.5 × 8 = 4 dB²" },
        { "good without threshold", true, false, "no threshold" },
        { "good by hand", true, false, "autoDeploy is off (new error 10 dB²" },
        { "champion changed", true, false, "made against v3, now it is v4" },
        { "champion changed, worse than the old one", true, false, "made against v3, now it is v4" },
        { "champion appeared", true, false, "made against none, now it is v3" },
        { "champion gone", true, false, "made against v3, now it is none" },
        { "one device left out", true, false, "v3 serves LT-2, for which no threshold could be fitted now" },
        { "many devices left out", true, false, "v3 serves A, B, C, D, E and 2 more, for which" },
        { "one device left out, by force", true, true, "Deployed without gate: forced" },
        { "one device left out and worse", false, false, "Rejected" },
        { "not compared, other spec", true, true, "feature spec differs from that of v3" },
        { "not compared, same spec", true, false, "not compared with the champion v3" },
        { "cold start, over the limit", true, true, "Deployed without gate: cold start (new error 100 dB²" },
        { "cold start, not compared", true, true, "Deployed without gate: cold start." },
        { "cold start, champion changed", true, false, "made against v3, now it is v4" },
        { "cold start without threshold", true, false, "no threshold" },
        { "forced, over the limit", true, true, "Deployed without gate: forced (new error 100 dB²" },
        { "forced, champion changed", true, true, "Deployed without gate: forced" },
        { "forced, first", true, true, "the first version" },
        { "forced by hand", true, false, "autoDeploy is off" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_gate_rejects_on_evidence_and_deploys_when_nothing_speaks_against_it(string name, bool accepted, bool deploy, string reason)
    {
        var (evidence, champion) = Case(name);

        var decision = PromotionGate.Decide(evidence, champion);

        Assert.Equal((accepted, deploy), (decision.Accepted, decision.Deploy));
        Assert.Contains(reason, decision.Reason, StringComparison.Ordinal);
    }

    private static (GateEvidence Evidence, DeployedChampion? Champion) Case(string name) => name switch
    {
        "first" => (First, null),
        "first without split" => (First with { NewErrorDb2 = null }, null),
        "first without threshold" => (First with { ThresholdCount = 0 }, null),
        "first by hand" => (First with { AutoDeploy = false }, null),
        "better" => (Good with { NewErrorDb2 = 7 }, V3),
        "at the limit" => (Good with { NewErrorDb2 = 16 }, V3),
        "just over the limit" => (Good with { NewErrorDb2 = 16.001 }, V3),
        "not a number" => (Good with { NewErrorDb2 = double.NaN }, V3),
        "not measured" => (Good with { NewErrorDb2 = null }, V3),
        "over the limit, by hand, no threshold" => (Good with { NewErrorDb2 = 17, AutoDeploy = false, ThresholdCount = 0 }, V3),
        "stricter factor" => (Good with { RollbackFactor = 0.5 }, V3),
        "good without threshold" => (Good with { ThresholdCount = 0 }, V3),
        "good by hand" => (Good with { AutoDeploy = false }, V3),
        "champion changed" => (Good, new(4, "spec")),
        "champion changed, worse than the old one" => (Good with { NewErrorDb2 = 100 }, new(4, "spec")),
        "champion appeared" => (First, V3),
        "champion gone" => (Good, null),
        "one device left out" => (Good, V3 with { Abandoned = ["LT-2"] }),
        "many devices left out" => (Good, V3 with { Abandoned = ["A", "B", "C", "D", "E", "F", "G"] }),
        "one device left out, by force" => (Good with { Force = true }, V3 with { Abandoned = ["LT-2"] }),
        "one device left out and worse" => (Good with { NewErrorDb2 = 17 }, V3 with { Abandoned = ["LT-2"] }),
        "not compared, other spec" => (First with { ChampionAtStart = 3 }, new(3, "other")),
        "not compared, same spec" => (First with { ChampionAtStart = 3 }, V3),
        "cold start, over the limit" => (Good with { NewErrorDb2 = 100, ColdStart = true }, V3),
        "cold start, not compared" => (First with { ChampionAtStart = 3, ColdStart = true }, V3),
        "cold start, champion changed" => (Good with { ColdStart = true }, new(4, "spec")),
        "cold start without threshold" => (Good with { ColdStart = true, ThresholdCount = 0 }, V3),
        "forced, over the limit" => (Good with { NewErrorDb2 = 100, Force = true }, V3),
        "forced, champion changed" => (Good with { Force = true }, new(4, "spec")),
        "forced, first" => (First with { Force = true }, null),
        "forced by hand" => (Good with { Force = true, AutoDeploy = false }, V3),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such case"),
    };
}
