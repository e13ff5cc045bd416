namespace Platform.Dsp.Tests;

public sealed class WavReaderTests
{
    [Fact]
    public void Every_encoding_gives_full_scale_of_one()
    {
        byte[] eight = [0, 128, 192], sixteen = [0, 0x80, 0, 0, 0, 0x40], twentyFour = [0, 0, 0x80, 0, 0, 0, 0, 0, 0x40];
        byte[] thirtyTwo = [0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40];
        byte[] single = [.. BitConverter.GetBytes(-1f), .. BitConverter.GetBytes(0f), .. BitConverter.GetBytes(0.5f)];
        byte[] twice = [.. BitConverter.GetBytes(-1d), .. BitConverter.GetBytes(0d), .. BitConverter.GetBytes(0.5d)];

        foreach (var extensible in new[] { false, true })
        {
            foreach (var (code, bits, data) in new[] { (1, 8, eight), (1, 16, sixteen), (1, 24, twentyFour), (1, 32, thirtyTwo), (3, 32, single), (3, 64, twice) })
                Assert.Equal([-1f, 0f, 0.5f], Read(WavBytes.Build(code, 1, 16_000, bits, data, extensible)).Samples);
        }
    }

    [Fact]
    public void Channels_stay_interleaved_and_half_a_frame_is_dropped()
    {
        var audio = Read(WavBytes.Build(1, 2, 44_100, 16, [0, 0x40, 0, 0x20, 0, 0x10]));

        Assert.Equal((44_100, 2, 1), (audio.SampleRate, audio.Channels, audio.Length));
        Assert.Equal([0.5f, 0.25f], audio.Samples);
    }

    [Fact]
    public void Chunks_that_mean_nothing_here_are_skipped_even_of_odd_length()
    {
        var wav = WavBytes.WithChunk(WavBytes.WithChunk(WavBytes.Pcm16(16_384), "LIST", [1, 2, 3]), "bext", new byte[20_000]);

        Assert.Equal([0.5f], Read(wav).Samples);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(uint.MaxValue)]
    [InlineData(1_000_000u)]
    public void A_data_size_that_nobody_filled_in_reaches_to_the_end(uint claimed)
    {
        var wav = WavBytes.Build(1, 1, 16_000, 16, [0, 0x40, 0, 0x20], dataSize: claimed);

        Assert.Equal([0.5f, 0.25f], Read(wav).Samples);
        Assert.Equal([0.5f, 0.25f], WavReader.Read(new Trickle(wav)).Samples);
    }

    [Fact]
    public void What_follows_the_data_chunk_is_not_audio()
    {
        var wav = WavBytes.Build(1, 1, 16_000, 16, [0, 0x40, 0x4C, 0x49, 0x53, 0x54], dataSize: 2);

        Assert.Equal([0.5f], Read(wav).Samples);
    }

    [Fact]
    public void A_stream_that_gives_few_bytes_at_a_time_is_read_whole()
    {
        Assert.Equal(Golden.Clip("chirp").Samples, WavReader.Read(new Trickle(Golden.Bytes("chirp.wav"))).Samples);
    }

    [Theory]
    [InlineData(2, 1, 16_000, 16, AudioFault.Unsupported, "format 2")]
    [InlineData(1, 1, 16_000, 12, AudioFault.Unsupported, "12 bits")]
    [InlineData(1, 0, 16_000, 16, AudioFault.Unsupported, "0 channels")]
    [InlineData(1, 65, 16_000, 16, AudioFault.Unsupported, "65 channels")]
    [InlineData(1, 1, 999, 16, AudioFault.Unsupported, "999 Hz")]
    [InlineData(1, 1, -1, 16, AudioFault.Unsupported, "4294967295 Hz")]
    public void What_cannot_be_read_is_named(int code, int channels, int rate, int bits, AudioFault fault, string named)
    {
        var error = Assert.Throws<AudioFormatException>(() => Read(WavBytes.Build(code, channels, rate, bits, new byte[64])));

        Assert.Equal(fault, error.Fault);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_that_are_no_numbers_are_refused()
    {
        foreach (var sample in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            var error = Assert.Throws<AudioFormatException>(() => Read(WavBytes.Build(3, 1, 16_000, 32, BitConverter.GetBytes(sample))));
            Assert.Equal(AudioFault.Corrupt, error.Fault);
        }
    }

    [Fact]
    public void A_file_cut_anywhere_is_read_or_refused()
    {
        var wav = WavBytes.WithChunk(WavBytes.Build(1, 2, 16_000, 24, new byte[60], extensible: true), "LIST", [1, 2, 3]);
        for (var length = 0; length < wav.Length; length++)
            ReadOrRefuse(wav[..length]);
    }

    [Fact]
    public void Changed_bytes_are_read_or_refused()
    {
        var random = new Random(1);
        var wav = WavBytes.WithChunk(WavBytes.Build(3, 2, 16_000, 32, new byte[80], extensible: true), "LIST", [1, 2, 3]);
        for (var trial = 0; trial < 20_000; trial++)
        {
            var changed = (byte[])wav.Clone();
            for (var i = random.Next(1, 5); i > 0; i--)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            ReadOrRefuse(changed);
        }
    }

    [Fact]
    public void Claimed_sizes_do_not_take_memory()
    {
        byte[] huge = [0xFF, 0xFF, 0xFF, 0xFF];
        var wav = WavBytes.Pcm16(1, 2, 3);
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var at in new[] { 4, 16, 40 })
        {
            var hostile = (byte[])wav.Clone();
            huge.CopyTo(hostile, at);
            ReadOrRefuse(hostile);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    private static WavAudio Read(byte[] bytes) => WavReader.Read(new MemoryStream(bytes));

    private static void ReadOrRefuse(byte[] bytes)
    {
        try
        {
            var audio = Read(bytes);
            Assert.True(audio.Samples.All(float.IsFinite));
            Assert.Equal(0, audio.Samples.Length % audio.Channels);
        }
        catch (AudioFormatException error)
        {
            Assert.False(string.IsNullOrWhiteSpace(error.Message));
        }
    }

    /// <summary>A stream of unknown length that gives one to three bytes per call, as a network may.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 1 + (int)(Position % 3))]);
    }
}
