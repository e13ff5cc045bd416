using Quartz;

namespace Platform.Registry.Schedules;

/// <summary>Cron expressions and time zones as people write them.</summary>
internal static class CronText
{
    public const string Allowed = "five fields of crontab (minute hour day month weekday) or Quartz's six or seven (second first), e.g. '30 2 * * *' or '0 30 2 * * ?'";

    /// <summary>Null for what is no expression.</summary>
    public static CronExpression? Parse(string text, TimeZoneInfo zone)
    {
        var format = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Length == 5 ? CronFormat.Unix : CronFormat.Quartz;
        return CronExpression.TryParse(text, format, out var expression) ? expression.WithTimeZone(zone) : null;
    }

    /// <summary>Null for what is no IANA name.</summary>
    public static TimeZoneInfo? Zone(string name) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId ? zone : null;

    /// <exception cref="FormatException">The definition was never checked.</exception>
    public static CronExpression Of(ScheduleDefinition definition)
    {
        var zone = Zone(definition.TimeZone) ?? throw new FormatException($"'{definition.TimeZone}' is not a time zone of this machine.");
        return Parse(definition.Cron, zone) ?? throw new FormatException($"'{definition.Cron}' is not a cron expression.");
    }

    /// <summary>The last time of the expression that is not after <paramref name="at"/>; null when there was none in the last ten years.</summary>
    public static DateTimeOffset? LastTime(CronExpression expression, DateTimeOffset at)
    {
        // Quartz's own way back names the other 02:30 than its way ahead in the night when there are two. So ahead, from ever farther back.
        for (var back = TimeSpan.FromMinutes(1); back < TimeSpan.FromDays(3_660); back *= 4)
        {
            DateTimeOffset? last = null;
            for (var next = expression.GetNextValidTimeAfter(at - back); next <= at; next = expression.GetNextValidTimeAfter(next.Value))
                last = next;
            if (last is not null)
                return last;
        }

        return null;
    }
}
