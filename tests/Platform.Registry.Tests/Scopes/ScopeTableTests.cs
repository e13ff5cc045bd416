using System.Security.Cryptography;
using System.Text;
using Platform.Contracts;
using Platform.Registry.Scopes;

namespace Platform.Registry.Tests.Scopes;

/// <summary>Every mode with every kind of subset and every aggregation, on plants with ordinary, treacherous and long codes.</summary>
public sealed class ScopeTableTests
{
    private static readonly string?[] Aggregations = [null, "pooled", "balanced"];

    public static TheoryData<string> Plants => [.. Plant.All.Select(plant => plant.Name)];

    [Theory]
    [MemberData(nameof(Plants))]
    public void Every_combination_has_the_name_that_the_rules_give_it_and_its_devices(string plantName)
    {
        var plant = Plant.All.Single(one => one.Name == plantName);
        foreach (var choice in Choices(plant))
            Check(plant, choice);
    }

    [Theory]
    [MemberData(nameof(Plants))]
    public void Choices_that_mean_the_same_share_a_model_and_others_never_do(string plantName)
    {
        var plant = Plant.All.Single(one => one.Name == plantName);
        var meanings = new Dictionary<string, string>();
        var models = new Dictionary<string, string>();
        foreach (var choice in Choices(plant))
        {
            var modelId = ScopeResolver.Resolve(choice.Selection, plant.Devices).Scope!.ModelId;
            Assert.Equal(choice.Meaning, meanings.TryAdd(modelId, choice.Meaning) ? choice.Meaning : meanings[modelId]);
            Assert.Equal(modelId, models.TryAdd(choice.Meaning, modelId) ? modelId : models[choice.Meaning]);
        }

        Assert.Equal(models.Count, meanings.Count);
        Assert.InRange(models.Count, 1 + 2 * (2 + 2 + 3), int.MaxValue); // the smallest plant: a device, and in each aggregation all or one of a type, a site and everything
    }

    /// <summary>What must hold of every choice that a plant allows.</summary>
    internal static void Check(Plant plant, Choice choice)
    {
        var resolution = ScopeResolver.Resolve(choice.Selection, plant.Devices);
        Assert.True(resolution.Errors.Count == 0, $"{choice.Meaning}: {string.Join(' ', resolution.Errors)}");
        var scope = resolution.Scope!;

        Assert.Equal(choice.DevicesOf(plant), scope.Devices);
        Assert.Equal((choice.Mode, choice.AggregationUsed, "conv-ae"), (scope.Mode, scope.Aggregation, scope.ModelType));
        Assert.Equal(string.Join('/', new[] { scope.Mode, scope.Scope, scope.Aggregation, scope.ModelType }.OfType<string>()), scope.ModelId);
        Assert.Equal(choice.Subset is null ? null : choice.FullScope, resolution.Subset);
        Assert.InRange(scope.Scope.Length, 3, 120);

        // The invariant: a name says "all" at its end if, and only if, nobody chose a subset.
        Assert.Equal(choice.Subset is null, scope.Scope.Split('_', '/')[^1] == "all");
        Assert.Equal(choice.Subset is not null, choice.Mode == ScopeModes.Global
            ? scope.Scope.StartsWith($"selected_{choice.List}/", StringComparison.Ordinal)
            : scope.Scope.StartsWith($"{choice.Whole}_specific_", StringComparison.Ordinal));

        var exact = choice.Subset is null || (choice.FullScope.Length <= 120 && !choice.FullScope.EndsWith("_all", StringComparison.Ordinal)
            && !choice.FullScope.EndsWith("/all", StringComparison.Ordinal));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(choice.FullScope)))[..8];
        Assert.Equal(exact ? choice.FullScope : $"{string.Concat(choice.FullScope.Take(100))}_{hash}", scope.Scope);
    }

    private static IEnumerable<Choice> Choices(Plant plant)
    {
        foreach (var device in plant.Devices)
            yield return new(ScopeModes.Device, device.Device, null, null, null);
        foreach (var aggregation in Aggregations)
        {
            foreach (var type in plant.Types)
            {
                foreach (var sites in Subsets([.. plant.Devices.Where(device => device.MachineType == type).Select(device => device.Site)]))
                    yield return new(ScopeModes.MachineType, type, sites is null ? null : "sites", sites, aggregation);
            }

            foreach (var site in plant.Sites)
            {
                foreach (var devices in Subsets([.. plant.Devices.Where(device => device.Site == site).Select(device => device.Device)]))
                    yield return new(ScopeModes.Site, site, devices is null ? null : "devices", devices, aggregation);
            }

            foreach (var sites in Subsets([.. plant.Sites]))
                yield return new(ScopeModes.Global, null, sites is null ? null : "sites", sites, aggregation);
            foreach (var devices in Subsets([.. plant.Devices.Select(device => device.Device)]))
                yield return new(ScopeModes.Global, null, devices is null ? null : "devices", devices, aggregation);
        }
    }

    // None; each one; each two neighbours; all but one; everything. Each in order, backwards, and with everything twice.
    private static IEnumerable<IReadOnlyList<string>?> Subsets(IReadOnlyList<string> members)
    {
        yield return null;
        string[] codes = [.. members.Distinct()];
        IEnumerable<string[]> chosen = [.. codes.Select(code => (string[])[code]), .. codes.Zip(codes.Skip(1), (one, next) => (string[])[one, next]), codes[1..], codes];
        foreach (var subset in chosen.Where(subset => subset.Length > 0))
        {
            yield return subset;
            yield return [.. subset.Reverse()];
            yield return [.. subset, .. subset.Reverse()];
        }
    }
}
