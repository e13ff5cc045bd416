using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Platform.Cli.Output;

/// <summary>
/// What a command tells: text for people, or with <c>--json</c> one JSON object on standard output and everything else on standard error.
/// </summary>
internal sealed class Report
{
    private static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // for terminals and programs, never for HTML
    };

    private readonly bool json;
    private readonly TextWriter text;

    public Report(bool json)
    {
        this.json = json;
        text = json ? Console.Error : Console.Out;
        Interactive = json ? !Console.IsErrorRedirected : !Console.IsOutputRedirected;
    }

    /// <summary>Whether a person watches, so that a line may be drawn over.</summary>
    public bool Interactive { get; }

    public void Line(string line) => text.WriteLine(line);

    public void Show(IRenderable table)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(text),
            Ansi = Interactive ? AnsiSupport.Detect : AnsiSupport.No, // whatever TERM says of the terminal that a pipe may end in
        });
        if (!Interactive)
            console.Profile.Width = 200; // a pipe has no width; wrapped cells cannot be read by programs or people
        console.Write(table);
    }

    /// <summary>The result for programs; nothing without <c>--json</c>.</summary>
    public void Result(object result)
    {
        if (json)
            Console.Out.WriteLine(JsonSerializer.Serialize(result, JsonOptions));
    }

    public ProgressLine Progress(string what) => new(text, Interactive, what);
}
