using System.Buffers.Binary;

namespace Platform.Dsp.Tests;

public sealed class WavStreamTests
{
    private static readonly byte[] Two = [0, 0x40, 0, 0x20]; // 0.5 and 0.25 in 16 bits

    [Theory]
    [InlineData("RF64", 4ul, 0xFFFF_FFFFu, 2, false)]
    [InlineData("BW64", 4ul, 0xFFFF_FFFFu, 2, false)]
    [InlineData("RF64", 2ul, 0xFFFF_FFFFu, 1, false)]
    [InlineData("RF64", 0ul, 0xFFFF_FFFFu, 2, false)] // a writer that never came back
    [InlineData("RF64", 0x1_0000_0004ul, 0xFFFF_FFFFu, 2, true)] // 4 GiB promised
    [InlineData("RF64", 4ul, 2u, 1, false)] // the 32-bit size holds where it is one
    public void Wide_files_take_the_size_from_their_ds64_chunk(string form, ulong wideSize, uint size, int samples, bool truncated)
    {
        var ds64 = new byte[28];
        BinaryPrimitives.WriteUInt64LittleEndian(ds64.AsSpan(8), wideSize);
        var plain = WavBytes.Build(1, 1, 16_000, 16, Two, dataSize: size);
        byte[] wav = [.. System.Text.Encoding.ASCII.GetBytes(form), .. plain[4..12], .. "ds64"u8, 28, 0, 0, 0, .. ds64, .. plain[12..]];

        using var source = new WavStream(new MemoryStream(wav));

        Assert.Equal(((float[])[0.5f, 0.25f])[..samples], source.ReadAll());
        Assert.Equal(truncated, source.Truncated);
    }

    [Theory]
    [InlineData(4u, 4, false)]
    [InlineData(3u, 4, true)] // ends inside of a sample frame
    [InlineData(5u, 4, true)]
    [InlineData(1_000_000u, 4, true)]
    [InlineData(0u, 4, false)] // nobody knew
    [InlineData(uint.MaxValue, 4, false)]
    [InlineData(0x7FFF_F000u, 4, false)]
    [InlineData(0u, 3, true)]
    public void Truncated_is_what_ends_before_its_header_says_or_within_a_sample(uint claimed, int bytes, bool truncated)
    {
        using var source = new WavStream(new MemoryStream(WavBytes.Build(1, 1, 16_000, 16, Two[..bytes], dataSize: claimed)));

        source.ReadAll();

        Assert.Equal(truncated, source.Truncated);
    }

    [Fact]
    public void A_forgotten_pad_byte_is_noticed_where_a_known_chunk_takes_its_place()
    {
        var wav = WavBytes.Pcm16(16_384);
        byte[] forgotten = [.. wav[..36], .. "LIST"u8, 3, 0, 0, 0, 1, 2, 3, .. wav[36..]];
        byte[] padded = [.. wav[..36], .. "LIST"u8, 3, 0, 0, 0, 1, 2, 3, (byte)'d', .. wav[36..]];
        byte[] strange = [.. wav[..36], .. "what"u8, 1, 0, 0, 0, 9, 0, .. "ever"u8, 1, 0, 0, 0, 9, 7, .. wav[36..]];

        foreach (var bytes in new[] { forgotten, padded, strange })
            Assert.Equal([0.5f], new WavStream(new MemoryStream(bytes)).ReadAll());
    }

    [Fact]
    public void Big_endian_files_and_other_sub_formats_are_refused_by_name()
    {
        var big = WavBytes.Pcm16(1);
        "RIFX"u8.CopyTo(big);
        var other = WavBytes.Build(1, 1, 16_000, 16, Two, extensible: true);
        other[12 + 8 + 26] ^= 1;
        var valid = WavBytes.Build(1, 1, 16_000, 16, Two, extensible: true);
        valid[12 + 8 + 18] = 17;

        Refused(big, AudioFault.Unsupported, "Byte 0: RIFX");
        Refused(other, AudioFault.Unsupported, "sub-format is 00010001-0000-0010-8000-00aa00389b71");
        Refused(valid, AudioFault.Corrupt, "17 valid bits");
    }

    [Fact]
    public void Samples_that_are_no_sound_are_named_by_byte_sample_and_channel()
    {
        foreach (var value in new[] { float.NaN, float.PositiveInfinity, -1e30f })
        {
            var data = new byte[4 * 2 * 5_000];
            BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4 * (2 * 4_321 + 1)), value);
            var source = new WavStream(new MemoryStream(WavBytes.Build(3, 2, 16_000, 32, data)));

            var error = Assert.Throws<AudioFormatException>(() => source.ReadAll());

            Assert.Equal(AudioFault.Corrupt, error.Fault);
            Assert.StartsWith($"Byte {44 + 4 * (2 * 4_321 + 1)}: sample 4321 of channel 1 is ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Reading_allocates_nothing_per_block()
    {
        using var source = new WavStream(new MemoryStream(WavBytes.Build(1, 2, 48_000, 16, new byte[4_000_000])));
        var block = new float[4_096];
        source.Read(block);
        var before = GC.GetAllocatedBytesForCurrentThread();

        while (source.Read(block) > 0)
        {
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Real_eight_channel_recordings_are_read_whole()
    {
        var folder = Path.Combine(RepositoryRoot(), "..", "shared", "data", "mimii_8ch");
        Assert.SkipUnless(Directory.Exists(folder), "The recordings are not here.");
        foreach (var file in Directory.EnumerateFiles(folder, "*.wav"))
        {
            using var stream = File.OpenRead(file);
            using var source = AudioDecoder.Open(stream);
            Assert.Equal((16_000, 8), (source.SampleRate, source.Channels));
            Assert.Equal(160_000 * 8, source.ReadAll().Length);
            Assert.False(source.Truncated);
        }
    }

    private static void Refused(byte[] wav, AudioFault fault, string named)
    {
        var error = Assert.Throws<AudioFormatException>(() => new WavStream(new MemoryStream(wav)));
        Assert.Equal(fault, error.Fault);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder.Parent is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
