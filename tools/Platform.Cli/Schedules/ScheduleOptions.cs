using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Client;

namespace Platform.Cli.Schedules;

/// <summary>What <c>schedules set</c> takes; what is not given stays as it is.</summary>
internal sealed class ScheduleOptions
{
    private readonly Option<string?> kind = new("--kind") { Description = "incremental (what is new, and a first model where there is none), full (everything from the beginning), or retention." };
    private readonly Option<string?> cron = new("--cron") { Description = "When: crontab's five fields, '30 2 * * *', or Quartz's six with seconds first, '0 30 2 * * ?'." };
    private readonly Option<string?> timeZone = new("--time-zone") { Description = "IANA name such as Europe/Berlin, by whose clock it is meant; for a new schedule UTC." };
    private readonly Option<string?> scope = new("--for")
    {
        Description = "Which devices: all (each on its own whose policy says autoTrain), device=LT-2, machine-type=pump, site=S001, or global.",
    };

    private readonly Option<string[]> only = new("--only") { Description = "Of a machine type or global: only these sites; of a site: only these devices.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> aggregation = new("--aggregation") { Description = "For a model of several devices: pooled or balanced." };
    private readonly Option<bool?> perDevice = new("--per-device") { Description = "A model of each device of --for instead of one of all." };
    private readonly Option<string[]> set = new("--set") { Description = "A training parameter for these runs, which wins over the policies, e.g. --set maxSteps=400; maxSteps= takes it away.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool?> enabled = new("--enabled") { Description = "false switches it off and keeps it." };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[kind, cron, timeZone, scope, only, aggregation, perDevice, set, enabled])
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            foreach (var pair in result.GetValue(set) ?? [])
            {
                if (pair.IndexOf('=', StringComparison.Ordinal) < 1)
                    result.AddError($"--set takes name=value, got '{pair}'.");
            }

            var given = result.GetValue(scope);
            if (given is not null && Selection(given, null, null) is null && given != "all")
                result.AddError($"--for takes all, device=…, machine-type=…, site=… or global, got '{given}'.");
            if (given is null && (result.GetResult(only) is { Implicit: false } || result.GetValue(aggregation) is not null))
                result.AddError("--only and --aggregation go with --for.");
        });
    }

    /// <param name="before">Null for a new schedule.</param>
    public ScheduleDefinition Read(ParseResult parse, ScheduleDefinition? before)
    {
        var parameters = new SortedDictionary<string, JsonElement>(before?.Parameters ?? [], StringComparer.Ordinal);
        foreach (var pair in parse.GetValue(set) ?? [])
        {
            var (name, value) = (pair[..pair.IndexOf('=', StringComparison.Ordinal)], pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            if (value.Length == 0)
                parameters.Remove(name);
            else
                parameters[name] = Value(value);
        }

        return new(
            parse.GetValue(kind) ?? before?.Kind ?? throw new PlatformException("a new schedule needs --kind."),
            parse.GetValue(cron) ?? before?.Cron ?? throw new PlatformException("a new schedule needs --cron."),
            parse.GetValue(timeZone) ?? before?.TimeZone ?? "UTC",
            parse.GetValue(scope) is { } given ? Selection(given, parse.GetValue(only), parse.GetValue(aggregation)) : before?.Selection,
            parse.GetValue(perDevice) ?? (parse.GetValue(scope) is null && before?.PerDevice == true),
            parameters.Count > 0 ? parameters : null,
            parse.GetValue(enabled) ?? before?.Enabled ?? true);
    }

    /// <summary>Null for all devices, and for what is no scope.</summary>
    private static ScheduleSelection? Selection(string scope, string[]? only, string? aggregation)
    {
        only = only is { Length: > 0 } ? only : null;
        return scope.Split('=', 2) switch
        {
            ["device", { Length: > 0 } device] => new("device", device, null, null, null, null, aggregation, null),
            ["machine-type", { Length: > 0 } type] => new("machine_type", null, type, null, only, null, aggregation, null),
            ["site", { Length: > 0 } site] => new("site", null, null, site, null, only, aggregation, null),
            ["global"] => new("global", null, null, null, only, null, aggregation, null),
            _ => null,
        };
    }

    /// <summary>A number or a truth value as it is written, otherwise a text; the registry knows which it takes.</summary>
    private static JsonElement Value(string text)
    {
        try
        {
            return JsonDocument.Parse(text).RootElement;
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text);
        }
    }
}
