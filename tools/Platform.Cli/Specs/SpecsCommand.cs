using System.CommandLine;
using System.Globalization;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Spectre.Console;

namespace Platform.Cli.Specs;

/// <summary><c>specs</c>: the feature specs, and which machine types have which.</summary>
internal static class SpecsCommand
{
    public static Command Create(Option<bool> json)
    {
        var command = new Command("specs", "Show the feature specs and which machine types have them.");
        command.SetAction((parse, cancellationToken) => Run(new Report(parse.GetValue(json)), cancellationToken));
        return command;
    }

    private static async Task<int> Run(Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        var specs = await client.GetFeatureSpecs(cancellationToken);
        var types = await client.GetMachineTypes(cancellationToken);

        var table = new Table().AddColumns("spec", "rate", "channel", "window / hop", "n_fft / hop_length", "mels", "band", "reference", "frames", "machine types");
        foreach (var spec in specs)
        {
            var (extraction, view) = (spec.Extraction, spec.View);
            table.AddRow(
                Markup.Escape(spec.Name),
                Text($"{extraction.SampleRate} Hz"),
                extraction.Channel,
                Text($"{extraction.WinSeconds} / {extraction.HopSeconds} s"),
                Text($"{extraction.NFft} / {extraction.HopLength}"),
                Text($"{extraction.NMels} {extraction.Mel}"),
                Text($"{extraction.FMin} – {extraction.UpperEdge} Hz"),
                view.Reference,
                Text($"{view.FramesFor(extraction)}"),
                Markup.Escape(string.Join(", ", types.Where(type => type.FeatureSpec == spec.Name).Select(type => type.Name))));
        }

        report.Show(table);
        report.Result(new { specs, machineTypes = types });
        return 0;
    }

    private static string Text(FormattableString text) => Markup.Escape(text.ToString(CultureInfo.InvariantCulture));
}
