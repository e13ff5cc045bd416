using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;
using Platform.Dsp;

namespace Platform.Cli.Specs;

/// <summary><c>spec NAME</c>: makes a feature spec; what is not given has its default. A spec never changes once it has its name.</summary>
internal static class SpecCommand
{
    private static readonly Extraction Defaults = new();

    public static Command Create(Option<bool> json)
    {
        var name = new Argument<string>("name") { Description = "Name of the new spec." };
        var sampleRate = NumberOption<int>("--sample-rate", $"Samples per second; recordings of another rate are resampled ({Defaults.SampleRate}).");
        var channel = TextOption("--channel", $"mean of all channels, or the index of one from 0 ({Defaults.Channel}).");
        var winSeconds = NumberOption<double>("--win-seconds", $"Length of a patch ({Defaults.WinSeconds}).");
        var hopSeconds = NumberOption<double>("--hop-seconds", $"From one patch to the next ({Defaults.HopSeconds}).");
        var nFft = NumberOption<int>("--n-fft", $"FFT length in samples ({Defaults.NFft}).");
        var hopLength = NumberOption<int>("--hop-length", $"Samples from one frame to the next ({Defaults.HopLength}).");
        var nMels = NumberOption<int>("--n-mels", $"Mel bands ({Defaults.NMels}).");
        var mel = TextOption("--mel", $"slaney or htk ({Defaults.Mel}).");
        var fmin = NumberOption<double>("--fmin", "Lower edge of the lowest band in Hz (0).");
        var fmax = NumberOption<double>("--fmax", "Upper edge of the highest band in Hz (half the sample rate).");
        var reference = TextOption("--reference", "absolute or window_max (absolute).");
        var frames = NumberOption<int>("--frames", "Frames of a patch as a model sees it (the window's own, rounded up to a multiple of 16).");
        var pad = NumberOption<double>("--pad", "Level in dB of frames that a window does not have (the floor).");

        var command = new Command("spec", "Make a feature spec: how recordings become patches.")
        {
            name, sampleRate, channel, winSeconds, hopSeconds, nFft, hopLength, nMels, mel, fmin, fmax, reference, frames, pad,
        };
        command.SetAction((parse, cancellationToken) =>
        {
            var extraction = new Extraction
            {
                SampleRate = parse.GetValue(sampleRate) ?? Defaults.SampleRate,
                Channel = parse.GetValue(channel) ?? Defaults.Channel,
                WinSeconds = parse.GetValue(winSeconds) ?? Defaults.WinSeconds,
                HopSeconds = parse.GetValue(hopSeconds) ?? Defaults.HopSeconds,
                NFft = parse.GetValue(nFft) ?? Defaults.NFft,
                HopLength = parse.GetValue(hopLength) ?? Defaults.HopLength,
                NMels = parse.GetValue(nMels) ?? Defaults.NMels,
                Mel = parse.GetValue(mel) ?? Defaults.Mel,
                FMin = parse.GetValue(fmin) ?? Defaults.FMin,
                FMax = parse.GetValue(fmax),
            };
            var view = new View { Reference = parse.GetValue(reference) ?? View.AbsoluteReference, Frames = parse.GetValue(frames), Pad = parse.GetValue(pad) };
            return Run(new(parse.GetRequiredValue(name), extraction, view), new Report(parse.GetValue(json)), cancellationToken);
        });
        return command;
    }

    private static async Task<int> Run(FeatureSpec spec, Report report, CancellationToken cancellationToken)
    {
        // Said before anything is asked, and in the words of the service: both have them from the same place.
        if (spec.Problems().ToList() is { Count: > 0 } problems)
            throw new PlatformException(string.Join(' ', problems));

        using var client = PlatformClient.Connect(Checkout.State);
        var stored = await client.PostFeatureSpec(new { spec.Name, spec.Extraction, spec.View }, cancellationToken);
        report.Line($"{stored.Name}: hash {stored.SpecHash[..8]}, patches of {spec.Extraction.NMels} × {stored.Frames}. ./platform assign-spec {stored.Name} --device D or --machine-type T gives it to devices.");
        report.Result(stored);
        return 0;
    }

    private static Option<string?> TextOption(string name, string description) => new(name) { Description = description };

    private static Option<T?> NumberOption<T>(string name, string description)
        where T : struct => new(name) { Description = description };
}
