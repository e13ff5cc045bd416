using Platform.Cli.Demo.Sound;
using Platform.Dsp;

namespace Platform.Cli.Evaluation;

/// <summary>
/// Copies of healthy recordings with one short event each: a burst of white noise of 50 ms, as loud in that time as the recording is on
/// average (0 dB). A mean over seconds drowns it; whether some detector hears it is what the test set <see cref="Set"/> shows.
/// </summary>
internal static class Clicks
{
    public const string Set = "normal_plus_click";
    private const double Seconds = 0.05;

    /// <param name="folder">Where the copies are written.</param>
    public static async Task<EvaluationDevice> AddTo(EvaluationDevice device, string folder, CancellationToken cancellationToken)
    {
        var files = new List<string>();
        Directory.CreateDirectory(Path.Combine(folder, device.Code));
        foreach (var healthy in device.Tests.Where(set => set.Faulty == false).SelectMany(set => set.Files))
        {
            if (Mix(healthy) is not { } audio)
                continue;
            var file = Path.Combine(folder, device.Code, $"{files.Count:0000}-{Path.GetFileNameWithoutExtension(healthy)}.wav");
            await File.WriteAllBytesAsync(file, FloatWav.Write(audio), cancellationToken);
            files.Add(file);
        }

        return files.Count == 0 ? device : device with { Tests = [.. device.Tests, new(Set, Faulty: null, files)] };
    }

    /// <summary>Null for what is no WAV or too short; the same file gets the same click at the same moment each time.</summary>
    private static WavAudio? Mix(string file)
    {
        WavAudio audio;
        try
        {
            using var stream = File.OpenRead(file);
            audio = WavReader.Read(stream);
        }
        catch (AudioFormatException)
        {
            return null;
        }

        return Mix(audio, Randomness.For("click", Path.GetFileName(file)));
    }

    internal static WavAudio? Mix(WavAudio audio, Randomness random)
    {
        var length = (int)(Seconds * audio.SampleRate);
        if (audio.Length < 4 * length)
            return null;
        var level = Math.Sqrt(audio.Samples.Average(sample => (double)sample * sample));
        // Away from both ends, where frames reach beyond the recording.
        var start = (int)random.Uniform(length, audio.Length - 2 * length);
        var burst = new double[length];
        for (var n = 0; n < length; n++)
            burst[n] = random.Normal() * Math.Sin(Math.PI * (n + 0.5) / length);
        var gain = level / Math.Sqrt(burst.Average(value => value * value));

        float[] mixed = [.. audio.Samples];
        for (var n = 0; n < length; n++)
        {
            for (var channel = 0; channel < audio.Channels; channel++)
                mixed[(start + n) * audio.Channels + channel] += (float)(gain * burst[n]);
        }

        return audio with { Samples = mixed };
    }
}
