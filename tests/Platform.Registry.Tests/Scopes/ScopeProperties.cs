using FsCheck;
using FsCheck.Fluent;
using Platform.Contracts;
using Platform.Registry.Scopes;

namespace Platform.Registry.Tests.Scopes;

/// <summary>What holds for every plant and every choice, not only for those of the table.</summary>
public sealed class ScopeProperties
{
    private static readonly Config Often = Config.QuickThrowOnFailure.WithMaxTest(2_000);
    private static readonly string[] Words = ["all", "ALL", "a", "b", "x-all", "specific", "selected", "pooled", "0", "00000000", "deadbeef", "S.1"];

    [Fact]
    public void A_choice_has_the_name_that_the_rules_give_it_in_any_plant() =>
        Prop.ForAll(Cases().ToArbitrary(), one => ScopeTableTests.Check(one.Plant, one.Choice)).Check(Often);

    [Fact]
    public void Two_choices_share_a_model_only_if_they_mean_the_same() => Prop.ForAll(
        Cases().ToArbitrary(),
        Cases().ToArbitrary(),
        (one, other) =>
        {
            // The name says everything that was chosen; which devices there are has no part in it.
            var (a, b) = (Resolve(one), Resolve(other));
            Assert.Equal(one.Choice.Meaning == other.Choice.Meaning, a == b);
        }).Check(Often);

    [Fact]
    public void Order_and_duplicates_make_no_difference() => Prop.ForAll(Cases().ToArbitrary(), one =>
    {
        var subset = one.Choice.Subset;
        var turned = one with { Choice = one.Choice with { Subset = subset is null ? null : [.. subset.Reverse(), .. subset] } };

        Assert.Equal(Resolve(one), Resolve(turned));
    }).Check(Often);

    [Fact]
    public void Whatever_is_no_code_is_refused_by_name_in_every_field()
    {
        var wrong = ArbMap.Default.GeneratorFor<string>().Where(text => text is not null && !text.All(char.IsAsciiLetterOrDigit))
            .Or(Gen.Elements("", " ", "a b", "a_b", "_", "a/b", "../a", "Ä1", "泵", "LT‑2", "a\u200b", "А1", "１", "a\n", "a\0", "-a", ".a", "🏭", new string('a', 65)))
            .Where(text => !System.Text.RegularExpressions.Regex.IsMatch(text, @"^[A-Za-z0-9][A-Za-z0-9.-]{0,63}\z"));
        KnownDevice[] plant = [new("LT-2", "S001", "pump")];
        Prop.ForAll(wrong.ToArbitrary(), code =>
        {
            foreach (var (field, selection) in new (string, ScopeSelection)[]
            {
                ("device", new(ScopeModes.Device, Device: code)),
                ("devices", new(ScopeModes.Device, Devices: [code])),
                ("machineType", new(ScopeModes.MachineType, MachineType: code)),
                ("sites", new(ScopeModes.MachineType, MachineType: "pump", Sites: ["S001", code])),
                ("site", new(ScopeModes.Site, Site: code)),
                ("devices", new(ScopeModes.Site, Site: "S001", Devices: [code, "LT-2"])),
                ("sites", new(ScopeModes.Global, Sites: [code])),
                ("devices", new(ScopeModes.Global, Devices: ["LT-2", code])),
            })
            {
                var resolution = ScopeResolver.Resolve(selection, plant);
                Assert.Null(resolution.Scope);
                var error = Assert.Single(resolution.Errors);
                Assert.Equal(field, error.Key);
                Assert.StartsWith($"'{(code.Length <= 100 ? code : code[..100] + "…")}' is not a code", error.Value, StringComparison.Ordinal);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    private static string Resolve(Case one) => ScopeResolver.Resolve(one.Choice.Selection, one.Plant.Devices).Scope!.ModelId;

    private static Gen<string> Codes() => Gen.Frequency(
        (6, Gen.Elements(Words)),
        (1, Gen.Choose(1, 64).Select(length => new string('a', length))),
        (1, Gen.Choose(0, 99).Select(number => $"LT-{number}")));

    private static Gen<Case> Cases() =>
        from devices in
            (from device in Codes() from site in Codes() from type in Codes() select new KnownDevice(device, site, type)).NonEmptyListOf()
        let plant = new Plant("any", [.. devices.DistinctBy(device => device.Device)])
        from mode in Gen.Elements(ScopeModes.All.ToArray())
        from known in Gen.Elements(plant.Devices.ToArray())
        let whole = mode switch
        {
            ScopeModes.Device => known.Device,
            ScopeModes.MachineType => known.MachineType,
            ScopeModes.Site => known.Site,
            _ => null,
        }
        from list in Gen.Elements(mode switch
        {
            ScopeModes.Device => (string?[])[null],
            ScopeModes.MachineType => [null, "sites"],
            ScopeModes.Site => [null, "devices"],
            _ => [null, "sites", "devices"],
        })
        let members = plant.Devices
            .Where(device => mode switch { ScopeModes.MachineType => device.MachineType == whole, ScopeModes.Site => device.Site == whole, _ => true })
            .Select(device => list == "sites" ? device.Site : device.Device)
        from subset in Gen.Elements(members.ToArray()).NonEmptyListOf()
        from aggregation in Gen.Elements(mode == ScopeModes.Device ? (string?[])[null] : [null, "pooled", "balanced"])
        select new Case(plant, new(mode, whole, list, list is null ? null : [.. subset], aggregation));

    internal sealed record Case(Plant Plant, Choice Choice);
}
