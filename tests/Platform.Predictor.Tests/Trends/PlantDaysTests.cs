using Platform.Predictor.Trends;

namespace Platform.Predictor.Tests;

public sealed class PlantDaysTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Fact]
    public void Days_are_those_of_the_plant_and_follow_each_other_without_a_gap()
    {
        // The clocks go ahead on 29 March 2026 at 02:00.
        var days = PlantDays.Until(new DateTimeOffset(2026, 3, 29, 22, 30, 0, TimeSpan.Zero), 3, Berlin);

        Assert.Equal(["20260328", "20260329", "20260330"], days.Select(day => day.Day));
        Assert.Equal([24, 23, 24], days.Select(day => (day.End - day.Start).TotalHours));
        Assert.Equal(new DateTime(2026, 3, 28, 23, 0, 0, DateTimeKind.Utc), days[1].Start);
        Assert.All(days.Zip(days.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
    }

    [Theory]
    [InlineData("America/Sao_Paulo", "2018-11-04T12:00:00Z")] // midnight did not exist
    [InlineData("America/Havana", "2026-11-01T12:00:00Z")] // and here there were two
    public void A_change_of_the_clocks_at_midnight_loses_no_hour(string zone, string noon)
    {
        var days = PlantDays.Until(DateTimeOffset.Parse(noon, System.Globalization.CultureInfo.InvariantCulture).AddDays(1), 3, TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.All(days.Zip(days.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
        Assert.Contains(days, day => (day.End - day.Start).TotalHours is 23 or 25);
    }
}
