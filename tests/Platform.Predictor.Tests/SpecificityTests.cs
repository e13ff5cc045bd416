using Platform.Contracts;
using Platform.Predictor.Devices;
using Platform.Predictor.Serving;

namespace Platform.Predictor.Tests;

public sealed class SpecificityTests
{
    private static readonly DevicePlace Here = new("LT-2", "S001", "pump", 1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Models_are_ordered_from_the_device_to_all_devices(bool placeKnown)
    {
        string[] fromSpecificToGeneral =
        [
            "device/LT-2_all/conv-ae",
            "machine_type/pump_specific_S001/pooled/conv-ae",
            "machine_type/pump_specific_S001_S002/pooled/conv-ae",
            "machine_type/pump_all/pooled/conv-ae",
            "site/S001_specific_LT-2_LT-5/balanced/conv-ae",
            "site/S001_all/pooled/conv-ae",
            "global/selected_devices/LT-2_LT-5/pooled/conv-ae",
            "global/selected_sites/S001_S002/pooled/conv-ae",
            "global/all/pooled/conv-ae",
        ];

        var ranks = fromSpecificToGeneral.Select(model => Rank(model, placeKnown ? Here : null));

        Assert.Equal(Enumerable.Range(0, fromSpecificToGeneral.Length), ranks);
    }

    [Theory]
    [InlineData("machine_type/pump_specific_S001/pooled/conv-ae", "machine_type/pump_specific_S002/pooled/conv-ae")]
    [InlineData("machine_type/pump_specific_S001_S003/pooled/conv-ae", "machine_type/pump_specific_S002_S003/pooled/conv-ae")]
    [InlineData("machine_type/pump_all/pooled/conv-ae", "machine_type/fan_all/pooled/conv-ae")]
    [InlineData("machine_type/pump_all/pooled/conv-ae", "machine_type/fan_specific_S002/pooled/conv-ae")]
    [InlineData("site/S001_all/pooled/conv-ae", "site/S002_specific_LT-2/pooled/conv-ae")]
    [InlineData("global/selected_sites/S001/pooled/conv-ae", "global/selected_sites/S002/pooled/conv-ae")]
    [InlineData("global/all/pooled/conv-ae", "machine_type/pump_specific_S002/pooled/conv-ae")]
    public void A_model_of_where_the_device_is_comes_before_any_of_where_it_has_been(string here, string left)
    {
        Assert.True(Rank(here, Here) < Rank(left, Here));
        Assert.True(Rank(left, Here with { Site = "S002", MachineType = left.Contains("fan", StringComparison.Ordinal) ? "fan" : "pump" }) < 100);
    }

    [Theory]
    [InlineData("site/all_all/pooled/conv-ae", "all", "pump", 5)]
    [InlineData("site/specific_all/pooled/conv-ae", "specific", "pump", 5)]
    [InlineData("site/specific_specific_specific/pooled/conv-ae", "specific", "pump", 4)]
    [InlineData("machine_type/specific_all/pooled/conv-ae", "S001", "specific", 3)]
    [InlineData("machine_type/all_specific_all_1a2b3c4d/pooled/conv-ae", "all", "all", 2)]
    [InlineData("machine_type/pump_specific_deadbeef/pooled/conv-ae", "deadbeef", "pump", 1)]
    [InlineData("machine_type/pump_specific_deadbeef/pooled/conv-ae", "S001", "pump", 102)]
    [InlineData("global/selected_sites/all_1a2b3c4d/pooled/conv-ae", "all", "pump", 7)]
    public void Codes_that_read_as_a_part_of_a_name_mislead_nobody(string modelId, string site, string machineType, int rank) =>
        Assert.Equal(rank, Rank(modelId, new DevicePlace("LT-2", site, machineType, 1)));

    [Fact]
    public void Of_a_list_that_was_cut_every_site_may_be_one()
    {
        // As the registry cuts: the first 100 characters and eight digits of a hash.
        var sites = string.Join('_', Enumerable.Range(1, 30).Select(i => $"S{i:000}"));
        var cut = $"pump_specific_{sites}"[..100] + "_0badcafe";

        Assert.Equal(2, Rank($"machine_type/{cut}/pooled/conv-ae", Here));
        Assert.Equal(2, Rank($"machine_type/{cut}/pooled/conv-ae", Here with { Site = "S030" }));
        Assert.Equal(102, Rank($"machine_type/{cut}/pooled/conv-ae", Here with { MachineType = "fan" }));
    }

    [Theory]
    [InlineData("planet", "planet/earth/conv-ae")]
    [InlineData("", "")]
    public void An_unknown_mode_is_refused_by_name(string mode, string modelId)
    {
        var exception = Assert.Throws<InvalidDataException>(() => Specificity.Rank(mode, modelId, (Here.Site, Here.MachineType)));

        Assert.Contains($"'{mode}'", exception.Message, StringComparison.Ordinal);
    }

    private static int Rank(string modelId, DevicePlace? place) => 
        Specificity.Rank(modelId.Split('/')[0], modelId, place is null ? null : (place.Site, place.MachineType));
}
