using Platform.Models;
using Platform.Trainer.Training;

namespace Platform.Trainer.Tests;

public sealed class PatchErrorsTests
{
    [Fact]
    public void Errors_in_batches_from_the_disk_are_those_of_all_patches_at_once()
    {
        using var data = new TestDataset(10, ["LT-2"], patchesPerRecording: 20).Data;
        using var network = new Architecture().Create(seed: 1);
        network.eval();
        int[] patches = [.. Enumerable.Range(0, 200).Reverse()];

        var errors = PatchErrors.Of(network, data, patches);

        Assert.Equal(ReconstructionErrors.Of(network, data.Gather(patches), 16, 16), errors);
        Assert.Equal(200, errors.Distinct().Count());
    }
}
