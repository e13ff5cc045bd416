using System.Text.Json;
using Platform.Contracts;
using Platform.Registry.Policies;

namespace Platform.Registry.Tests.Policies;

public sealed class PolicyResolutionTests
{
    /// <summary>Layers from the most specific to the widest, <c>level: fields</c>, and what comes of them.</summary>
    public static TheoryData<string[], string, string> Table => new()
    {
        { [], "maxSteps=2000 sampleHours=0 minSamples=2 autoTrain=False", "" },
        { ["plant: {sampleHours: 4}"], "sampleHours=4", "sampleHours=plant" },
        { ["site: {sampleHours: 6}", "plant: {sampleHours: 4}"], "sampleHours=6", "sampleHours=site" },
        { ["machine_type: {sampleHours: 7}", "site: {sampleHours: 6}"], "sampleHours=7", "sampleHours=machine_type" },
        { ["device: {sampleHours: 8}", "machine_type: {sampleHours: 7}", "plant: {sampleHours: 4}"], "sampleHours=8", "sampleHours=device" },
        { ["request: {sampleHours: 9}", "device: {sampleHours: 8}"], "sampleHours=9", "sampleHours=request" },
        // Field by field: each level says what it says.
        {
            ["device: {seed: 1}", "machine_type: {minSamples: 30}", "site: {minSamples: 20, patience: 5}", "plant: {seed: 2, batchSize: 16}"],
            "seed=1 minSamples=30 patience=5 batchSize=16",
            "batchSize=plant minSamples=machine_type patience=site seed=device"
        },
        // A value that happens to be the built-in one is said all the same.
        { ["request: {maxSteps: 2000}", "plant: {maxSteps: 10}"], "maxSteps=2000", "maxSteps=request" },
        { ["request: {autoDeploy: true}", "plant: {autoDeploy: false}"], "autoDeploy=True", "autoDeploy=request" },
        { ["plant: {autoTrain: true}"], "autoTrain=True", "autoTrain=plant" },
        { ["device: {autoTrain: false}", "plant: {autoTrain: true}"], "autoTrain=False", "autoTrain=device" },
        // The budget is one thing in two fields.
        { ["request: {maxSteps: 300}", "plant: {epochs: 5}"], "maxSteps=300 epochs=", "maxSteps=request" },
        { ["device: {epochs: 5}", "plant: {maxSteps: 300}"], "maxSteps=2000 epochs=5", "epochs=device" },
        { ["device: {epochs: 5, maxSteps: 700}", "plant: {maxSteps: 300}"], "maxSteps=700 epochs=5", "epochs=device maxSteps=device" },
        { ["request: {epochs: null}", "site: {epochs: 5}", "plant: {maxSteps: 300}"], "maxSteps=300 epochs=", "epochs=request maxSteps=plant" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void The_most_specific_layer_that_says_a_field_wins(string[] layers, string expected, string sources)
    {
        var resolved = PolicyResolution.Resolve(layers.Select(Layer));

        foreach (var pair in expected.Split(' '))
        {
            var (field, value) = (pair.Split('=')[0], pair.Split('=')[1]);
            var actual = field == "autoTrain"
                ? resolved.AutoTrain
                : typeof(TrainingParameters).GetProperty(char.ToUpperInvariant(field[0]) + field[1..])!.GetValue(resolved.Parameters);
            Assert.Equal(value, $"{actual}");
        }

        Assert.Equal(sources, string.Join(' ', resolved.Sources.OrderBy(source => source.Key, StringComparer.Ordinal).Select(source => $"{source.Key}={source.Value.Level}")));
    }

    [Theory]
    [InlineData("device", "LT-1", "pump", "S001", "device 'LT-1', machine_type 'pump', site 'S001', the plant")]
    [InlineData("device", "LT-1", null, null, "device 'LT-1', the plant")]
    [InlineData("machine_type", "pump", null, "S001", "machine_type 'pump', the plant")]
    [InlineData("site", "S001", "pump", null, "site 'S001', the plant")]
    [InlineData("global", "", null, null, "the plant")]
    public void A_model_follows_the_policies_of_what_it_is_for(string mode, string code, string? machineType, string? site, string expected) =>
        Assert.Equal(expected, string.Join(", ", PolicyResolution.LevelsOf(mode, code, machineType, site)));

    [Theory]
    [InlineData("{\"sampelHours\": 8}", "parameters.sampelHours", "there is no such parameter here; allowed are autoDeploy, ")]
    [InlineData("{\"mode\": \"full\"}", "parameters.mode", "there is no such parameter here")]
    [InlineData("{\"fromDay\": \"20260301\"}", "parameters.fromDay", "there is no such parameter here")]
    [InlineData("{\"sampleHours\": \"many\"}", "parameters.sampleHours", "'many' is not allowed; it takes a number.")]
    [InlineData("{\"maxSteps\": 2.5}", "parameters.maxSteps", "'2.5' is not allowed; it takes a whole number.")]
    [InlineData("{\"autoTrain\": \"yes\"}", "parameters.autoTrain", "'yes' is not allowed; it takes true or false.")]
    [InlineData("{\"precision\": 16}", "parameters.precision", "'16' is not allowed; it takes a text.")]
    [InlineData("{\"patience\": null}", "parameters.patience", "'' is not allowed; it takes a whole number.")]
    [InlineData("[1]", "parameters", "it is a JSON array; allowed is an object of parameters.")]
    [InlineData("7", "parameters", "it is a JSON number; allowed is an object of parameters.")]
    public void What_cannot_be_read_is_named(string json, string field, string error)
    {
        var errors = new Dictionary<string, string>();

        ParameterFields.OfPolicy.Read(JsonDocument.Parse(json).RootElement, errors);

        Assert.StartsWith(error, Assert.Contains(field, (IReadOnlyDictionary<string, string>)errors), StringComparison.Ordinal);
        Assert.Single(errors);
    }

    [Fact]
    public void Every_parameter_of_a_run_can_be_given_by_request_and_all_but_its_days_and_mode_by_policy()
    {
        var all = typeof(TrainingParameters).GetProperties().Select(property => char.ToLowerInvariant(property.Name[0]) + property.Name[1..]).ToList();

        Assert.Equal(all.Order(), ParameterFields.OfRun.Names.Order());
        Assert.Equal(all.Except(["mode", "fromDay", "toDay"]).Concat(["autoTrain", "rollbackOnDrift"]).Order(), ParameterFields.OfPolicy.Names.Order());
    }

    private static ParameterLayer Layer(string text)
    {
        var (level, fields) = (text.Split(": ", 2)[0], text.Split(": ", 2)[1]);
        var json = System.Text.RegularExpressions.Regex.Replace(fields, "([a-zA-Z]+):", "\"$1\":");
        var errors = new Dictionary<string, string>();
        var read = (level == "request" && !fields.Contains("autoTrain", StringComparison.Ordinal) ? ParameterFields.OfRun : ParameterFields.OfPolicy)
            .Read(JsonDocument.Parse(json).RootElement, errors);
        Assert.Empty(errors);
        return new(new(level, level), read);
    }
}
