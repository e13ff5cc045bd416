using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Deployments;
using Platform.Cli.Models;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Aliases;

/// <summary><c>alias MODEL [NAME [vN]]</c>: the names of a model's versions, and moving one of them.</summary>
internal static class AliasCommand
{
    public static Command Create(Option<bool> json)
    {
        var model = new Argument<string>("model") { Description = "Id of the model, or the code of a device for its own model." };
        var name = new Argument<string?>("name") { Description = "Name to move; champion and previous move with deployments.", Arity = ArgumentArity.ZeroOrOne };
        var version = new Argument<int?>("version") { Description = "Version that it shall name, e.g. v3.", Arity = ArgumentArity.ZeroOrOne, CustomParser = VersionArgument.Parse };
        var delete = new Option<bool>("--delete") { Description = "Take the name away." };
        var expect = new Option<int?>("--expect") { Description = "Only when it names this version now; refused when somebody else has moved it.", CustomParser = VersionArgument.Parse };
        var reason = new Option<string?>("--reason") { Description = "Why; kept with the move." };
        var actor = new Option<string?>("--actor") { Description = "Who; by default the account that runs this." };
        var command = new Command("alias", "Show the names of a model's versions, or move one.") { model, name, version, delete, expect, reason, actor };
        command.Validators.Add(result =>
        {
            var (named, moved, removed) = (!string.IsNullOrEmpty(result.GetValue(name)), result.GetValue(version) is not null, result.GetValue(delete));
            if (named && moved == removed || !named && (moved || removed))
                result.AddError("Give a name with a version, a name with --delete, or neither to see the names.");
        });
        command.SetAction((parse, cancellationToken) => Run(
            ModelName.IdOf(parse.GetRequiredValue(model)),
            new(parse.GetValue(name), parse.GetValue(version), parse.GetValue(expect), parse.GetValue(reason), parse.GetValue(actor) ?? Environment.UserName),
            new Report(parse.GetValue(json)),
            cancellationToken));
        return command;
    }

    private static async Task<int> Run(string modelId, Move move, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        if (string.IsNullOrEmpty(move.Name))
            return await Show(client, modelId, report, cancellationToken);

        if (move.Version is { } version)
        {
            var moved = await client.PutAlias(modelId, move.Name, version, move.Expected, move.Reason, move.Actor, cancellationToken);
            report.Line($"{modelId}: {moved.Name} is v{moved.Version}.");
            report.Result(new { modelId, moved.Name, moved.Version, moved.Revision });
            return 0;
        }

        await client.DeleteAlias(modelId, move.Name, move.Expected, move.Reason, move.Actor, cancellationToken);
        report.Line($"{modelId}: {move.Name} is gone.");
        report.Result(new { modelId, move.Name, version = (int?)null });
        return 0;
    }

    private static async Task<int> Show(PlatformClient client, string modelId, Report report, CancellationToken cancellationToken)
    {
        var aliases = await client.FindAliases(modelId, cancellationToken)
            ?? throw new PlatformException($"there is no model '{modelId}'; ./platform models lists them.");
        var table = new Table().AddColumns("name", "version", "since", "by", "because");
        foreach (var alias in aliases)
        {
            var version = $"v{alias.Version}{(alias.Label is { } label ? $" ({label})" : "")}";
            table.AddRow(Shown.Of(alias.Name), Shown.Of(version), Shown.Time(alias.MovedAt), Shown.Of(alias.Actor), Shown.Of(alias.Reason));
        }

        report.Show(table);
        report.Result(new { modelId, aliases });
        return 0;
    }

    private sealed record Move(string? Name, int? Version, int? Expected, string? Reason, string Actor);
}
