using System.Text.Json;
using System.Text.RegularExpressions;
using Platform.Registry.Policies;
using Platform.Registry.Runs;
using Platform.Registry.Scopes;

namespace Platform.Registry.Schedules;

/// <summary>Body of <c>PUT /schedules/{name}</c>: the whole schedule.</summary>
internal sealed partial record ScheduleRequest(
    string? Kind = null,
    string? Cron = null,
    string TimeZone = "UTC",
    ScopeSelection? Selection = null,
    bool PerDevice = false,
    JsonElement? Parameters = null,
    bool Enabled = true,
    string? Actor = null,
    string? Reason = null)
{
    private const string NamePattern = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

    public static string? NameError(string name) => NameShape().IsMatch(name) ? null : $"'{name}' is not allowed; allowed is {NamePattern}.";

    /// <param name="kinds">What this registry can do.</param>
    public ScheduleDefinition Read(IEnumerable<string> kinds, IReadOnlyList<KnownDevice> known, DateTimeOffset now, Dictionary<string, string> errors)
    {
        if (Kind is null || !kinds.Contains(Kind, StringComparer.Ordinal))
            errors["kind"] = $"'{Kind}' is not a kind; allowed are {string.Join(", ", kinds)}.";
        ReadCron(now, errors);

        var parameters = ParameterFields.OfRun.Read(Parameters, errors);
        if (parameters.Says("mode"))
            errors["parameters.mode"] = "it is not allowed; the schedule's kind and what a model needs decide the mode.";
        RunPlan.WithRanges(errors, parameters);

        if (Kind is not null && !ScheduleKinds.OfTraining.Contains(Kind))
        {
            Refuse("selection", Selection is not null);
            Refuse("perDevice", PerDevice);
            Refuse("parameters", parameters.Count > 0);
        }
        else if (Selection is { } selection)
        {
            foreach (var (field, error) in ScopeResolver.Resolve(selection, known).Errors)
                errors[$"selection.{field}"] = error;
        }
        else if (PerDevice)
        {
            errors["perDevice"] = "it is not allowed without a selection; without one it is each device on its own anyway.";
        }

        return new(Kind ?? "", Cron ?? "", TimeZone, Selection, PerDevice, parameters.Count > 0 ? parameters : null, Enabled);

        void Refuse(string field, bool given)
        {
            if (given)
                errors[field] = $"kind '{Kind}' takes no {field}.";
        }
    }

    private void ReadCron(DateTimeOffset now, Dictionary<string, string> errors)
    {
        if (CronText.Zone(TimeZone) is not { } zone)
            errors["timeZone"] = $"'{TimeZone}' is not a time zone; allowed are IANA names such as Europe/Berlin or UTC.";
        else if (Cron is null || CronText.Parse(Cron, zone) is not { } expression)
            errors["cron"] = $"'{Cron}' is not a cron expression; allowed are {CronText.Allowed}.";
        else if (expression.GetNextValidTimeAfter(now) is null)
            errors["cron"] = $"'{Cron}' never comes again.";
    }

    [GeneratedRegex(@"^" + NamePattern + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex NameShape();
}
