using Platform.Predictor.Serving;

namespace Platform.Predictor.Tests;

public sealed class SpecificityTests
{
    [Fact]
    public void Models_are_ordered_from_the_device_to_all_devices()
    {
        (string Mode, string ModelId)[] fromSpecificToGeneral =
        [
            ("device", "device/LT-2_all/conv-ae"),
            ("machine_type", "machine_type/pump_specific_S001/pooled/conv-ae"),
            ("machine_type", "machine_type/pump_all/pooled/conv-ae"),
            ("site", "site/S001_specific_LT-2_LT-5/balanced/conv-ae"),
            ("site", "site/S001_all/pooled/conv-ae"),
            ("global", "global/selected_devices/LT-2_LT-5/pooled/conv-ae"),
            ("global", "global/selected_sites/S001_S002/pooled/conv-ae"),
            ("global", "global/all/pooled/conv-ae"),
        ];

        var ranks = fromSpecificToGeneral.Select(model => Specificity.Rank(model.Mode, model.ModelId));

        Assert.Equal(Enumerable.Range(0, fromSpecificToGeneral.Length), ranks);
    }

    [Fact]
    public void An_unknown_mode_is_refused_by_name()
    {
        var exception = Assert.Throws<InvalidDataException>(() => Specificity.Rank("planet", "planet/earth/conv-ae"));

        Assert.Contains("'planet'", exception.Message, StringComparison.Ordinal);
    }
}
