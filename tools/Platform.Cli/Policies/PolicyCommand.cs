using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Policies;

/// <summary><c>policy</c>: how models are trained where nobody says it for one run.</summary>
internal static class PolicyCommand
{
    public static Command Create(Option<bool> json)
    {
        var command = new Command("policy", "Show and edit training policies of devices, machine types, sites and the plant.")
        {
            Show(json), Set(json), Delete(json), History(json),
        };
        command.SetAction((parse, cancellationToken) => List(new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static Command Show(Option<bool> json)
    {
        var target = new PolicyTarget();
        var resolved = new Option<bool>("--resolved") { Description = "Every value that holds there, and which level says it." };
        var command = new Command("show", "Show one policy, or with --resolved everything that holds there.") { resolved };
        target.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            using var client = PlatformClient.Connect(Checkout.State);
            if (parse.GetValue(resolved))
                return Resolved(await client.GetResolvedPolicy(target.Path(parse), cancellationToken), report);
            var policy = await client.FindPolicy(target.Path(parse), cancellationToken)
                ?? throw new PlatformException($"There is no policy of {target.Said(parse)}; --resolved shows what holds there.");
            return Said(policy, report);
        });
        return command;
    }

    private static Command Set(Option<bool> json)
    {
        var target = new PolicyTarget();
        var options = new PolicyOptions();
        var unset = new Option<string[]>("--unset") { Description = "Leave a value to the wider levels again, e.g. --unset sample-hours.", AllowMultipleArgumentsPerToken = true };
        var reason = new Option<string?>("--reason") { Description = "Why, for the history." };
        var revision = new Option<long?>("--revision") { Description = "Only if nobody has changed it since this revision." };
        var command = new Command("set", "Set values of a policy; what is not given stays as it is.") { unset, reason, revision };
        target.AddTo(command);
        options.AddTo(command);
        command.Validators.Add(result =>
        {
            foreach (var name in result.GetValue(unset) ?? [])
            {
                if (options.FieldOf(name) is null)
                    result.AddError($"'{name}' is not a value of policies; they are {string.Join(", ", options.Fields)}.");
            }
        });
        command.SetAction(async (parse, cancellationToken) =>
        {
            var changes = options.Read(parse);
            foreach (var name in parse.GetValue(unset) ?? [])
                changes[options.FieldOf(name)!] = null;
            if (changes.Count == 0)
                throw new PlatformException("nothing to set: give a value such as --sample-hours 8, or --unset sample-hours.");
            using var client = PlatformClient.Connect(Checkout.State);
            return Said(
                await client.PatchPolicy(target.Path(parse), changes, parse.GetValue(reason), parse.GetValue(revision), cancellationToken),
                new Report(parse.GetValue(json)));
        });
        return command;
    }

    private static Command Delete(Option<bool> json)
    {
        var target = new PolicyTarget();
        var reason = new Option<string?>("--reason") { Description = "Why, for the history." };
        var command = new Command("delete", "Delete a policy: the wider levels hold again.") { reason };
        target.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            using var client = PlatformClient.Connect(Checkout.State);
            await client.DeletePolicy(target.Path(parse), parse.GetValue(reason), cancellationToken);
            report.Line($"The policy of {target.Said(parse)} is deleted.");
            report.Result(new { deleted = target.Said(parse) });
            return 0;
        });
        return command;
    }

    private static Command History(Option<bool> json)
    {
        var target = new PolicyTarget();
        var command = new Command("history", "Show who changed a policy, when and from what to what.");
        target.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            using var client = PlatformClient.Connect(Checkout.State);
            var history = await client.GetPolicyHistory(target.Path(parse), cancellationToken);
            var table = new Table().AddColumns("revision", "when", "who", "why", "before", "after");
            foreach (var edit in history)
                table.AddRow($"{edit.Revision}", Shown.Time(edit.At), Shown.Of(edit.Actor), Shown.Of(edit.Reason), Values(edit.Before), Values(edit.After));
            report.Show(table);
            report.Result(new { history });
            return 0;
        });
        return command;
    }

    private static async Task<int> List(Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var policies = await client.GetPolicies(cancellationToken);
        if (policies.Count == 0)
        {
            report.Line("There are no policies: everything is trained with the built-in values (./platform policy show plant --resolved).");
        }
        else
        {
            var table = new Table().AddColumns("level", "name", "values", "revision", "changed", "by");
            foreach (var policy in policies)
                table.AddRow(policy.Level, Shown.Of(policy.Name), Values(policy.Parameters), $"{policy.Revision}", Shown.Time(policy.ChangedAt), Shown.Of(policy.ChangedBy));
            report.Show(table);
        }

        report.Result(new { policies });
        return 0;
    }

    private static int Said(Policy policy, Report report)
    {
        report.Line($"{policy.Level}{(policy.Name.Length > 0 ? $" {policy.Name}" : "")}, revision {policy.Revision} by {policy.ChangedBy} at {Shown.Time(policy.ChangedAt)}");
        foreach (var (field, value) in policy.Parameters)
            report.Line($"  {field} = {value}");
        report.Result(policy);
        return 0;
    }

    private static int Resolved(ResolvedPolicy policy, Report report)
    {
        var table = new Table().AddColumns("value", "is", "said by");
        foreach (var (field, source) in policy.From.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            var value = field switch
            {
                "autoTrain" => policy.AutoTrain ? "true" : "false",
                "rollbackOnDrift" => policy.RollbackOnDrift ? "true" : "false",
                _ => policy.Parameters.TryGetValue(field, out var given) ? Value(given) : "",
            };
            table.AddRow(field, Shown.Of(value), Shown.Of(source.ToString()));
        }

        report.Show(table);
        report.Result(policy);
        return 0;
    }

    private static string Values(SortedDictionary<string, JsonElement>? values) =>
        values is null ? "" : Shown.Of(string.Join(", ", values.Select(value => $"{value.Key} {Value(value.Value)}")));

    private static string Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "",
        _ => value.ToString(),
    };
}
