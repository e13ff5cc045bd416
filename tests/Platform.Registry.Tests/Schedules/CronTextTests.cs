using System.Globalization;
using Platform.Registry.Schedules;

namespace Platform.Registry.Tests.Schedules;

public sealed class CronTextTests
{
    [Theory]
    // Berlin, 29 March 2026: 02:00 to 03:00 does not exist. The firing of that night is not left out, and not doubled.
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00Z", "03-28T01:30 03-29T01:00 03-30T00:30 03-31T00:30")]
    [InlineData("0 30 2 * * ?", "Europe/Berlin", "2026-03-27T12:00Z", "03-28T01:30 03-29T01:00 03-30T00:30 03-31T00:30")]
    // Berlin, 25 October 2026: 02:00 to 03:00 comes twice. One firing.
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-23T12:00Z", "10-24T00:30 10-25T00:30 10-26T01:30 10-27T01:30")]
    // New York, 8 March and 1 November 2026.
    [InlineData("30 2 * * *", "America/New_York", "2026-03-07T00:00Z", "03-07T07:30 03-08T07:00 03-09T06:30")]
    [InlineData("30 1 * * *", "America/New_York", "2026-10-31T00:00Z", "10-31T05:30 11-01T05:30 11-02T06:30")]
    // Every hour stays every hour.
    [InlineData("0 * * * *", "Europe/Berlin", "2026-10-24T23:30Z", "10-25T00:00 10-25T01:00 10-25T02:00 10-25T03:00")]
    // A day without daylight saving, half an hour off.
    [InlineData("0 6 * * 1", "Asia/Kolkata", "2026-11-20T00:00Z", "11-23T00:30 11-30T00:30")]
    public void A_schedule_fires_by_the_clock_of_its_zone(string cron, string zone, string from, string expected)
    {
        var expression = CronText.Parse(cron, CronText.Zone(zone)!)!;

        var times = new List<DateTimeOffset>();
        var at = DateTimeOffset.Parse(from, CultureInfo.InvariantCulture);
        while (times.Count < expected.Split(' ').Length)
        {
            at = expression.GetNextValidTimeAfter(at)!.Value;
            times.Add(at);
        }

        Assert.Equal(expected, string.Join(' ', times.Select(time => time.UtcDateTime.ToString("MM-ddTHH:mm", CultureInfo.InvariantCulture))));
    }

    [Theory]
    [InlineData("30 2 * * *", "UTC", "2026-03-04T02:30:00.0001Z", "2026-03-04T02:30Z")]
    [InlineData("30 2 * * *", "UTC", "2026-03-04T02:29:59.999Z", "2026-03-03T02:30Z")]
    [InlineData("0/2 * * * * ?", "UTC", "2026-03-04T02:30:01.5Z", "2026-03-04T02:30Z")]
    [InlineData("0 0 3 1 1 ?", "UTC", "2026-11-04T00:00Z", "2026-01-01T03:00Z")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-25T09:00Z", "2026-10-25T00:30Z")]
    [InlineData("30 2 * * *", "UTC", "2026-03-04T02:30:00Z", "2026-03-04T02:30Z")]
    [InlineData("0 0 3 1 1 ? 2030", "UTC", "2026-11-04T00:00Z", null)]
    public void A_late_firing_is_that_of_the_last_time_that_was_due(string cron, string zone, string at, string? expected)
    {
        var last = CronText.LastTime(CronText.Parse(cron, CronText.Zone(zone)!)!, DateTimeOffset.Parse(at, CultureInfo.InvariantCulture));

        Assert.Equal(expected is null ? null : DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), last);
    }

    [Theory]
    [InlineData("every night")]
    [InlineData("")]
    [InlineData("61 2 * * *")]
    [InlineData("0 30 25 * * ?")]
    [InlineData("* * * *")]
    public void What_is_no_expression_is_none(string cron) => Assert.Null(CronText.Parse(cron, TimeZoneInfo.Utc));

    [Theory]
    [InlineData("Mars/Olympus")]
    [InlineData("")]
    [InlineData("W. Europe Standard Time")]
    public void What_is_no_zone_is_none(string zone) => Assert.Null(CronText.Zone(zone));
}
