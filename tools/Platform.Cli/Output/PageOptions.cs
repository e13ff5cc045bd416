using System.CommandLine;
using Platform.Cli.Client;

namespace Platform.Cli.Output;

/// <summary>The options of every command that shows a list of the registry.</summary>
internal sealed class PageOptions
{
    private readonly Option<int> limit = new("--limit") { Description = "Lines to show, 1 to 500.", DefaultValueFactory = _ => 50 };
    private readonly Option<string?> sort;
    private readonly Option<string?> after = new("--after") { Description = "Go on where a page ended: what it gave as next." };

    /// <param name="fields">What the list may be sorted by.</param>
    public PageOptions(params IReadOnlyList<string> fields) => sort = new("--sort")
    {
        Description = $"By {string.Join(", ", fields)}; with - in front the largest first, e.g. --sort=-{fields[0]}.",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(limit);
        command.Options.Add(sort);
        command.Options.Add(after);
    }

    /// <summary>The query of the list, with filters that may be null.</summary>
    public string Query(ParseResult parse, params IReadOnlyList<(string Name, string? Value)> filters) => string.Join('&', filters
        .Concat<(string Name, string? Value)>([("limit", parse.GetValue(limit).ToString(System.Globalization.CultureInfo.InvariantCulture)), ("sort", parse.GetValue(sort)), ("after", parse.GetValue(after))])
        .Where(one => one.Value is not null)
        .Select(one => $"{one.Name}={Uri.EscapeDataString(one.Value!)}"));

    /// <summary>How much of the list was shown.</summary>
    public static string Rest<T>(Page<T> page, string what) => page.Next is { } next
        ? $"{page.Items.Count} of {Shown.Count(page.Total)} {what}; --after {next} goes on."
        : $"{Shown.Count(page.Items.Count)} {what}{(page.Items.Count == page.Total ? "" : $" of {Shown.Count(page.Total)}")}.";
}
