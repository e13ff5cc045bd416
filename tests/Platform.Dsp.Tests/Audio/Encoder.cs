using System.Diagnostics;

namespace Platform.Dsp.Tests;

/// <summary>Makes compressed audio with the installed ffmpeg, so that no binary file stands in the repository.</summary>
internal static class Encoder
{
    /// <summary>Extension, and the encoder's arguments.</summary>
    internal static readonly (string Extension, string Arguments)[] Formats =
    [
        ("m4a", "-c:a aac -f ipod"), // index behind the samples
        ("mp4", "-c:a aac -movflags +faststart -f mp4"),
        ("mp4", "-c:a alac -f mov"),
        ("mp4", "-c:a aac -movflags frag_keyframe+empty_moov -f mp4"),
        ("mp3", "-c:a libmp3lame -f mp3"),
        ("flac", "-c:a flac -f flac"),
        ("ogg", "-c:a libvorbis -f ogg"),
        ("opus", "-c:a libopus -f opus"),
        ("mkv", "-c:a libopus -f matroska"),
        ("webm", "-c:a libvorbis -f webm"),
        ("aac", "-c:a aac -f adts"),
        ("aiff", "-c:a pcm_s16be -f aiff"),
    ];

    /// <summary>Skips the test where ffmpeg is missing; where tests must not skip, they fail on it by themselves.</summary>
    internal static void SkipWithoutFfmpeg()
    {
        var required = Environment.GetEnvironmentVariable("CI") == "true" || Environment.GetEnvironmentVariable("PLATFORM_TEST_REQUIRE_SERVERS") == "true";
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        Assert.SkipUnless(required || folders.Any(folder => File.Exists(Path.Combine(folder, "ffmpeg"))), "ffmpeg is not installed.");
    }

    internal static byte[] Encode(byte[] wav, string arguments)
    {
        var folder = Directory.CreateTempSubdirectory("encode-");
        try
        {
            var (from, to) = (Path.Combine(folder.FullName, "in.wav"), Path.Combine(folder.FullName, "out"));
            File.WriteAllBytes(from, wav);
            using var process = Process.Start(new ProcessStartInfo("ffmpeg", $"-nostdin -v error -y -i {from} {arguments} {to}") { RedirectStandardError = true })!;
            var complaint = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, complaint);
            return File.ReadAllBytes(to);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>16 bits, with every channel a tone of its own: 440 Hz, 880 Hz, …</summary>
    internal static byte[] TonesWav(int sampleRate, int channels, double seconds, double amplitude = 0.5)
    {
        var data = new short[(int)(seconds * sampleRate) * channels];
        for (var i = 0; i < data.Length; i++)
            data[i] = (short)(32767 * amplitude * Math.Sin(2 * Math.PI * 440 * (1 + i % channels) * (i / channels) / sampleRate));
        var bytes = new byte[data.Length * 2];
        Buffer.BlockCopy(data, 0, bytes, 0, bytes.Length);
        return WavBytes.Build(WavFormat.Pcm, channels, sampleRate, 16, bytes);
    }
}
