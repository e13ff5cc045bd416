using System.CommandLine;

namespace Platform.Cli.Policies;

/// <summary>Whom a policy is for: <c>device LT-2</c>, <c>machine-type pump</c>, <c>site S001</c>, <c>plant</c>.</summary>
internal sealed class PolicyTarget
{
    private static readonly string[] Levels = ["device", "machine-type", "site", "plant"];

    private readonly Argument<string> level = new("level") { Description = "device, machine-type, site or plant; the most specific one that says a value wins." };
    private readonly Argument<string?> name = new("name") { Description = "Code of the device, machine type or site; none for plant.", Arity = ArgumentArity.ZeroOrOne };

    public void AddTo(Command command)
    {
        command.Arguments.Add(level);
        command.Arguments.Add(name);
        command.Validators.Add(result =>
        {
            if (result.GetResult(level) is not { Tokens.Count: > 0 } || result.GetValue(level) is not { } given)
                return; // the parser says that it is missing
            if (!Levels.Contains(given.Replace('_', '-'), StringComparer.Ordinal))
                result.AddError($"'{given}' is not a level; allowed are {string.Join(", ", Levels)}.");
            else if ((given == "plant") != string.IsNullOrEmpty(result.GetValue(name)))
                result.AddError(given == "plant" ? "plant takes no name." : $"Give the code of the {given}.");
        });
    }

    /// <summary>Path of the policy in the registry.</summary>
    public string Path(ParseResult parse)
    {
        var code = parse.GetValue(name);
        return $"/policies/{parse.GetRequiredValue(level).Replace('-', '_')}{(string.IsNullOrEmpty(code) ? "" : $"/{Uri.EscapeDataString(code)}")}";
    }

    public string Said(ParseResult parse) => $"{parse.GetRequiredValue(level)} {parse.GetValue(name)}".TrimEnd();
}
