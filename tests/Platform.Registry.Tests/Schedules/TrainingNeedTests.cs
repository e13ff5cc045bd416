using Platform.Registry.Schedules;

namespace Platform.Registry.Tests.Schedules;

public sealed class TrainingNeedTests
{
    [Theory]
    [InlineData("incremental", true, 50, 3, "", "incremental")]
    [InlineData("incremental", true, 50, 0, "", TrainingNeed.NothingNew)]
    [InlineData("incremental", true, 50, 0, "drift", "incremental")]
    [InlineData("incremental", true, 50, 0, "label", "full")]
    [InlineData("incremental", true, 50, 9, "spec new_data", "full")]
    [InlineData("incremental", true, 0, 0, "", TrainingNeed.NothingNew)]
    [InlineData("incremental", false, 20, 20, "new_data", "cold_start")]
    [InlineData("incremental", false, 19, 19, "new_data", TrainingNeed.TooLittle)]
    [InlineData("full", true, 20, 0, "", "full")]
    [InlineData("full", false, 20, 20, "", "full")]
    [InlineData("full", true, 19, 19, "", TrainingNeed.TooLittle)]
    public void A_model_is_trained_as_it_needs(string kind, bool hasModel, int usable, int pending, string reasons, string expected)
    {
        var data = new DataOfModel(usable, pending, reasons.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet());

        var need = TrainingNeed.Of(kind, hasModel, data, minSamples: 20);

        Assert.Equal(expected, need.Mode ?? need.Skip);
    }

    [Fact]
    public void A_batch_has_the_same_id_for_the_same_schedule_and_time_only()
    {
        var at = new DateTimeOffset(2026, 3, 29, 1, 0, 0, TimeSpan.Zero);

        Assert.Equal(BatchId.Of("nightly", at), BatchId.Of("nightly", at.ToOffset(TimeSpan.FromHours(2)).AddMilliseconds(7)));
        Assert.NotEqual(BatchId.Of("nightly", at), BatchId.Of("nightly", at.AddSeconds(1)));
        Assert.NotEqual(BatchId.Of("nightly", at), BatchId.Of("weekly", at));
    }
}
