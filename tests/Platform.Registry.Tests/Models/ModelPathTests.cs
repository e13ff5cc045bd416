using Platform.Registry.Models;

namespace Platform.Registry.Tests.Models;

public sealed class ModelPathTests
{
    [Theory]
    [InlineData("/models/device/LT-2_all/conv-ae", "device/LT-2_all/conv-ae", "")]
    [InlineData("/models/device%2FLT-2_all%2Fconv-ae", "device/LT-2_all/conv-ae", "")]
    [InlineData("/models/device%2fLT-2_all/conv-ae/versions/3", "device/LT-2_all/conv-ae", "/versions/3")]
    [InlineData("/models/device/LT-2_all/conv-ae/versions/3/package.zip", "device/LT-2_all/conv-ae", "/versions/3/package.zip")]
    [InlineData("/models/site/S001_all/pooled/conv-ae/aliases/night", "site/S001_all/pooled/conv-ae", "/aliases/night")]
    [InlineData("/models/machine_type/pump_specific_S001_S002/balanced/conv-ae/versions/1", "machine_type/pump_specific_S001_S002/balanced/conv-ae", "/versions/1")]
    [InlineData("/models/global/all/pooled/conv-ae/versions/1", "global/all/pooled/conv-ae", "/versions/1")]
    [InlineData("/models/global/selected_sites/versions/pooled/conv-ae/versions/1", "global/selected_sites/versions/pooled/conv-ae", "/versions/1")]
    [InlineData("/models/global/selected_devices/LT-2_LT-5/balanced/conv-ae", "global/selected_devices/LT-2_LT-5/balanced/conv-ae", "")]
    [InlineData("/models/plant/x/versions/1", "plant/x/versions/1", "")]
    [InlineData("/models/device/LT-2_all", "device/LT-2_all", "")]
    public void The_id_of_a_model_is_one_segment_and_what_follows_stays(string path, string modelId, string rest)
    {
        var folded = ModelPath.Folded(path)!;

        var segment = folded["/models/".Length..].Split('/')[0];
        Assert.Equal(modelId, ModelId.Parse(segment, null).Value);
        Assert.Equal(rest, folded[("/models/".Length + segment.Length)..]);
    }

    [Theory]
    [InlineData("/models")]
    [InlineData("/models/")]
    [InlineData("/modelsX/device/LT-2_all/conv-ae")]
    [InlineData("/deployments/device/LT-2_all/conv-ae")]
    [InlineData("")]
    [InlineData(null)]
    public void Other_paths_stay_as_they_are(string? path) => Assert.Equal(path, ModelPath.Folded(path));
}
