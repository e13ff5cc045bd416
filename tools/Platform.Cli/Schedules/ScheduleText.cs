using Platform.Cli.Client;
using Platform.Cli.Output;

namespace Platform.Cli.Schedules;

/// <summary>Schedules and firings in a line of words.</summary>
internal static class ScheduleText
{
    public static string Of(ScheduleDefinition definition)
    {
        var parameters = definition.Parameters is null ? "" : $", {string.Join(' ', definition.Parameters.Select(parameter => $"{parameter.Key}={parameter.Value}"))}";
        return $"{definition.Kind} for {Scope(definition)} at '{definition.Cron}' {definition.TimeZone}{parameters}{(definition.Enabled ? "" : ", off")}";
    }

    public static string Scope(ScheduleDefinition definition) => definition switch
    {
        { Kind: not ("incremental" or "full") } => "",
        { Selection: null } => "each device with autoTrain",
        { PerDevice: true } => $"each device of {definition.Selection}",
        _ => definition.Selection.ToString(),
    };

    public static string Result(Firing firing)
    {
        if (firing.StartedRuns is not { } started)
            return firing.Detail ?? (firing.State == "running" ? "under way" : "");
        var left = firing.Skipped?.Sum(skipped => skipped.Count) ?? 0;
        var states = firing.Runs.Concat(firing.Versions).Select(state => $"{state.Value} {state.Key}").Distinct();
        return $"{Shown.Count(started, "run")}{(started > 0 ? $" ({string.Join(", ", states)})" : "")}, {left} left out";
    }
}
