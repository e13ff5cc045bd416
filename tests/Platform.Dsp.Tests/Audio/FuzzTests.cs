using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Platform.Dsp.Tests;

/// <summary>
/// Whatever the bytes, a recording ends as samples or as a refusal with a reason, in bounded time and memory. <c>PLATFORM_FUZZ=full</c> feeds
/// as many files as a release is to survive; otherwise some of the same ones.
/// </summary>
[Collection(nameof(FfmpegProcesses))]
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const double MaxSeconds = 10;
    private const long MaxBytes = 512L * 1024 * 1024;

    private static readonly bool Full = Environment.GetEnvironmentVariable("PLATFORM_FUZZ") == "full";
    private static readonly Extraction Mean = new();

    [Fact]
    public void Damaged_and_random_WAV_files()
    {
        byte[][] seeds = [.. WavSeeds()];
        var mutation = new Mutation(20);
        Feed(Full ? 24_000 : 3_000, i => i % 10 == 9 ? mutation.Noise("RIFF\u0010\0\0\0WAVEfmt "u8) : mutation.Of(seeds[i % seeds.Length]));
    }

    [Fact]
    public void Damaged_and_random_compressed_files()
    {
        Encoder.SkipWithoutFfmpeg();
        var wav = Encoder.TonesWav(32_000, 2, 1.5);
        byte[][] seeds = [.. Encoder.Formats.Select(format => Encoder.Encode(wav, format.Arguments))];
        var mutation = new Mutation(21);
        Feed(Full ? 516 : 25, i => i % 20 == 19 ? mutation.Noise(seeds[i / 20 % seeds.Length].AsSpan(0, 40)) : mutation.Of(seeds[i % seeds.Length]));

        // The largest resident set of any child that has ended.
        var usage = new long[18];
        Assert.Equal(0, getrusage(-1, usage));
        var peak = usage[4] * 1024;
        output.WriteLine($"Largest child: {peak / 1024 / 1024} MiB.");
        Assert.InRange(peak, 1, MaxBytes);
    }

    private void Feed(int count, Func<int, byte[]> make)
    {
        var (read, refused, samples) = (0, 0, 0L);
        var (slowest, largest) = (0.0, 0L);
        for (var i = 0; i < count; i++)
        {
            var bytes = make(i);
            var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
            try
            {
                samples += Decode(bytes);
                read++;
            }
            catch (AudioFormatException error)
            {
                Assert.Matches("(?i)byte|chunk|channel|bits|sample rate|block alignment|sub-format|recording is (empty|longer)", error.Message);
                refused++;
            }
            catch (Exception error) when (error is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"File {i}: {error}\n{Convert.ToHexString(bytes.AsSpan(0, Math.Min(200, bytes.Length)))}");
            }

            slowest = Math.Max(slowest, clock.Elapsed.TotalSeconds);
            largest = Math.Max(largest, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        output.WriteLine($"{count} files: {read} read ({samples} samples), {refused} refused; slowest {slowest:0.000} s, most memory {largest / 1024} KiB.");
        Assert.True(read > count / 20 && refused > count / 20, $"{read} read, {refused} refused: the damage is too weak or too strong to tell anything.");
        Assert.InRange(slowest, 0, MaxSeconds);
        Assert.InRange(largest, 0, MaxBytes);
    }

    private static long Decode(byte[] bytes)
    {
        using var source = MonoSource.Of(AudioDecoder.Open(new MemoryStream(bytes)), Mean);
        var (block, samples) = (new float[8_192], 0L);
        while (source.Read(block) is > 0 and var count)
        {
            Assert.Equal(-1, block.AsSpan(0, count).IndexOfAnyExceptInRange(float.MinValue, float.MaxValue));
            samples += count;
        }

        return samples;
    }

    private static IEnumerable<byte[]> WavSeeds()
    {
        var data = new byte[960];
        new Random(5).NextBytes(data);
        var tone = new float[240];
        for (var i = 0; i < tone.Length; i++)
            tone[i] = MathF.Sin(i / 5f);
        foreach (var extensible in new[] { false, true })
        {
            yield return WavBytes.Build(1, 1, 16_000, 8, data, extensible);
            yield return WavBytes.Build(1, 2, 44_100, 16, data, extensible);
            yield return WavBytes.Build(1, 8, 48_000, 24, data, extensible);
            yield return WavBytes.Build(1, 3, 8_000, 32, data, extensible);
            yield return WavBytes.Build(3, 1, 16_000, 32, [.. MemoryMarshal.AsBytes(tone.AsSpan())], extensible);
            yield return WavBytes.Build(3, 2, 22_050, 64, new byte[960], extensible, uint.MaxValue);
        }

        var plain = WavBytes.WithChunk(WavBytes.Build(1, 1, 25_600, 16, data), "LIST", new byte[33]);
        yield return plain;
        yield return [.. "RF64"u8, .. plain[4..12], .. "ds64"u8, 28, 0, 0, 0, .. new byte[8], 0xC0, 3, .. new byte[18], .. plain[12..]];
    }

    [DllImport("libc")]
    private static extern int getrusage(int who, [Out] long[] usage);
}
