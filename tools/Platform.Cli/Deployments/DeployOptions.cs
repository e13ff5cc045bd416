using System.CommandLine;

namespace Platform.Cli.Deployments;

/// <summary>What <c>deploy</c> and <c>rollback</c> take beside model and version.</summary>
internal sealed class DeployOptions
{
    private readonly Option<string?> reason = new("--reason") { Description = "Why; kept with the deployment." };
    private readonly Option<string?> actor = new("--actor") { Description = "Who; by default the account that runs this." };
    private readonly Option<bool> force = new("--force") { Description = "Also a version that the gate rejected or a replica refused." };

    private readonly Option<int> timeout = new("--timeout")
    {
        Description = "Seconds to wait until every replica has said what it made of it; 0 does not wait.",
        DefaultValueFactory = _ => 60,
    };

    public DeployOptions() => timeout.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() is < 0 or > 86_400)
            result.AddError("--timeout must be between 0 and 86400.");
    });

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[reason, actor, force, timeout])
            command.Options.Add(option);
    }

    public DeployWish Read(ParseResult parse) => new(
        parse.GetValue(reason), parse.GetValue(actor) ?? Environment.UserName, parse.GetValue(force), TimeSpan.FromSeconds(parse.GetValue(timeout)));
}

internal sealed record DeployWish(string? Reason, string Actor, bool Force, TimeSpan AtMost);
