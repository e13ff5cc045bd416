using System.Diagnostics;

namespace Platform.Dsp.Tests;

/// <summary>Tests that start ffmpeg or change the PATH on which it is looked for run one after the other.</summary>
[CollectionDefinition(nameof(FfmpegProcesses))]
public sealed class FfmpegProcesses;

/// <summary>What happens around the decoder: it hangs, is missing, is given up, or its input breaks.</summary>
[Collection(nameof(FfmpegProcesses))]
public sealed class FfmpegSourceTests : IDisposable
{
    private static readonly AudioFormat Flac = AudioDecoder.Formats.Single(format => format.Extension == "flac");

    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");
    private readonly DirectoryInfo _programs = Directory.CreateTempSubdirectory("programs-");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        _programs.Delete(recursive: true);
        Assert.Empty(Decoders());
    }

    [Fact]
    public void A_decoder_that_is_given_up_is_gone_at_once()
    {
        Encoder.SkipWithoutFfmpeg();
        var bytes = Encoder.Encode(Encoder.TonesWav(48_000, 2, 60), "-c:a flac -f flac");
        for (var trial = 0; trial < 3; trial++)
        {
            using (var source = AudioDecoder.Open(new MemoryStream(bytes)))
            {
                Assert.True(source.Read(new float[9_600]) > 0);
                Assert.Single(Decoders());
            }

            Assert.Empty(Decoders());
        }
    }

    [Fact]
    public void It_leads_a_session_of_its_own_under_limits()
    {
        Encoder.SkipWithoutFfmpeg();
        var bytes = Encoder.Encode(Encoder.TonesWav(48_000, 2, 60), "-c:a flac -f flac");

        using var source = AudioDecoder.Open(new MemoryStream(bytes), new AudioLimits { Memory = 400_000_000 });

        var pid = Decoders().Single();
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        Assert.Equal(pid, int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[3]));
        Assert.Matches(@"Max data size +400000000 +400000000", File.ReadAllText($"/proc/{pid}/limits"));
        Assert.Contains("NoNewPrivs:\t1", File.ReadAllText($"/proc/{pid}/status"), StringComparison.Ordinal);
    }

    [Fact]
    public void More_processor_time_than_the_audio_is_worth_ends_it()
    {
        Pretend("while :; do :; done");
        var clock = Stopwatch.StartNew();

        var error = Assert.Throws<AudioFormatException>(() =>
            new FfmpegSource(new MemoryStream([1, 2, 3]), Flac, new AudioLimits { Time = TimeSpan.FromSeconds(0.3) }));

        Assert.Equal(AudioFault.Corrupt, error.Fault);
        Assert.Contains("more than 0.3 s of processor time", error.Message, StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.2, 8);
    }

    [Fact]
    public void A_longer_recording_than_allowed_is_refused_while_it_is_decoded()
    {
        Encoder.SkipWithoutFfmpeg();
        var bytes = Encoder.Encode(Encoder.TonesWav(16_000, 1, 20, amplitude: 0), "-c:a flac -f flac");

        using var source = AudioDecoder.Open(new MemoryStream(bytes), new AudioLimits { MaxDuration = TimeSpan.FromSeconds(5) });
        var error = Assert.Throws<AudioFormatException>(() => source.ReadAll());

        Assert.Equal(AudioFault.Unsupported, error.Fault);
        Assert.Contains("longer than 5 s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_decoder_is_not_the_recording_s_fault()
    {
        Environment.SetEnvironmentVariable("PATH", "/nonexistent");

        var error = Assert.Throws<DecoderMissingException>(() => AudioDecoder.Open(new MemoryStream("fLaC…"u8.ToArray())));

        Assert.Equal("setsid", error.Program);
        Link("setsid", "prlimit", "setpriv");
        Environment.SetEnvironmentVariable("PATH", _programs.FullName);
        error = Assert.Throws<DecoderMissingException>(() => AudioDecoder.Open(new MemoryStream("fLaC…"u8.ToArray())));
        Assert.Contains("apt-get install --no-install-recommends ffmpeg", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_our_environment_reaches_it()
    {
        Environment.SetEnvironmentVariable("PLATFORM_TEST_SECRET", "hush");
        Pretend("env >&2; exit 1");

        var error = Assert.Throws<AudioFormatException>(() => new FfmpegSource(new MemoryStream([1]), Flac));

        Assert.Contains("PATH=", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("PLATFORM_TEST_SECRET", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_complaints_are_told_in_bounded_length()
    {
        Pretend("i=0; while [ $i -lt 3000 ]; do echo \"byte $i is wrong, and so is everything that follows it\" >&2; i=$((i+1)); done; exit 1");

        var error = Assert.Throws<AudioFormatException>(() => new FfmpegSource(new MemoryStream([1]), Flac));

        Assert.Contains("byte 0 is wrong", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 1_000, 5_000);
    }

    [Fact]
    public void An_input_that_breaks_is_told_as_that_and_not_as_a_short_recording()
    {
        Encoder.SkipWithoutFfmpeg();
        var bytes = Encoder.Encode(Encoder.TonesWav(48_000, 1, 30), "-c:a flac -f flac");

        var error = Assert.Throws<IOException>(() =>
        {
            using var source = AudioDecoder.Open(new Breaking(bytes, bytes.Length / 2));
            source.ReadAll();
        });

        Assert.Equal("the store went away", error.Message);
    }

    /// <summary>Puts a shell script in ffmpeg's place.</summary>
    private void Pretend(string script)
    {
        var file = Path.Combine(_programs.FullName, "ffmpeg");
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        Environment.SetEnvironmentVariable("PATH", $"{_programs.FullName}:{_path}");
    }

    private void Link(params string[] programs)
    {
        foreach (var program in programs)
            File.CreateSymbolicLink(Path.Combine(_programs.FullName, program), $"/usr/bin/{program}");
    }

    /// <summary>Our child processes that have become ffmpeg.</summary>
    private static int[] Decoders() =>
    [
        .. Process.GetProcessesByName("ffmpeg").Select(process => process.Id).Where(pid =>
        {
            try
            {
                var stat = File.ReadAllText($"/proc/{pid}/stat");
                return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1] == $"{Environment.ProcessId}";
            }
            catch (IOException)
            {
                return false; // somebody else's, gone meanwhile
            }
        }),
    ];

    private sealed class Breaking(byte[] bytes, int at) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) =>
            Position < at ? base.Read(buffer[..(int)Math.Min(buffer.Length, at - Position)]) : throw new IOException("the store went away");
    }
}
