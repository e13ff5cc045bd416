using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Platform.Dsp.Tests;

/// <summary>What holds for every WAV file, not for chosen ones; the seeds are FsCheck's, which prints what fails.</summary>
public sealed class WavPropertyTests
{
    private static readonly (int Code, int Bits)[] Encodings = [(1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64)];

    private static Gen<Recording> Recordings =>
        from encoding in Gen.Elements(Encodings)
        from channels in Gen.Choose(1, 9)
        from rate in Gen.Choose(1_000, 384_000)
        from frames in Gen.Choose(0, 200)
        from seed in Gen.Choose(0, int.MaxValue)
        from extensible in Gen.Elements(true, false)
        select new Recording(encoding.Code, encoding.Bits, channels, rate, Noise(seed, frames * channels), extensible);

    [Fact]
    public void What_is_written_is_read_within_half_a_step() => Prop.ForAll(Recordings.ToArbitrary(), recording =>
    {
        var audio = WavReader.Read(new MemoryStream(recording.ToBytes()));
        Assert.Equal((recording.SampleRate, recording.Channels), (audio.SampleRate, audio.Channels));
        Golden.AssertClose(recording.Samples, audio.Samples, recording.HalfStep);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_chunks_in_any_order_may_stand_around_fmt_and_data() => Prop.ForAll(
        (from recording in Recordings
         from before in Chunks
         from between in Chunks
         from after in Chunks
         select (Recording: recording, Before: before, Between: between, After: after)).ToArbitrary(), file =>
    {
        var plain = file.Recording.ToBytes();
        var data = 12 + 8 + (file.Recording.Extensible ? 40 : 16);
        byte[] pad = plain.Length % 2 == 0 ? [] : [0];
        byte[] dressed = [.. plain[..12], .. file.Before, .. plain[12..data], .. file.Between, .. plain[data..], .. pad, .. file.After];

        // A size of 0 means that nobody knew it, so what follows an empty data chunk would be samples.
        if (file.Recording.Samples.Length > 0)
            Assert.Equal(WavReader.Read(new MemoryStream(plain)).Samples, WavReader.Read(new MemoryStream(dressed)).Samples);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_file_cut_anywhere_gives_its_whole_frames_or_names_the_byte_where_it_ends() => Prop.ForAll(
        (from recording in Recordings from part in Gen.Choose(0, 1_000) select (Recording: recording, Part: part)).ToArbitrary(), cut =>
    {
        var whole = cut.Recording.ToBytes();
        var length = (int)((long)whole.Length * cut.Part / 1_000);
        var header = whole.Length - cut.Recording.DataBytes;
        using var stream = new MemoryStream(whole[..length]);
        if (length < header)
        {
            Assert.StartsWith("Byte", Assert.Throws<AudioFormatException>(() => new WavStream(stream)).Message, StringComparison.Ordinal);
            return;
        }

        using var source = new WavStream(stream);
        var frames = (length - header) / cut.Recording.FrameBytes;
        Assert.Equal(frames * cut.Recording.Channels, source.ReadAll().Length);
        Assert.Equal(length < whole.Length, source.Truncated);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_sizes_of_the_blocks_do_not_matter() => Prop.ForAll(
        (from recording in Recordings from block in Gen.Choose(1, 300) select (Recording: recording, Block: block)).ToArbitrary(), read =>
    {
        var bytes = read.Recording.ToBytes();
        Assert.Equal(WavReader.Read(new MemoryStream(bytes)).Samples, new WavStream(new MemoryStream(bytes)).ReadAll(read.Block));
    }).QuickCheckThrowOnFailure();

    private static Gen<byte[]> Chunks => Gen.Select(Gen.ListOf(Chunk), chunks => (byte[])[.. chunks.SelectMany(chunk => chunk)]);

    private static Gen<byte[]> Chunk =>
        from tag in Gen.Elements("LIST", "fact", "JUNK", "bext", "    ", "id3 ", "odd!")
        from size in Gen.Choose(0, 5_000)
        from fill in Gen.Choose(0, 255)
        select (byte[])[.. Encoding.ASCII.GetBytes(tag), .. BitConverter.GetBytes(size), .. Enumerable.Repeat((byte)fill, size), .. new byte[size % 2]];

    private static float[] Noise(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 1.98f - 0.99f)];
    }

    private sealed record Recording(int Code, int Bits, int Channels, int SampleRate, float[] Samples, bool Extensible)
    {
        internal int FrameBytes => Channels * Bits / 8;

        internal int DataBytes => Samples.Length * Bits / 8;

        /// <summary>Float32 itself has 24 bits.</summary>
        internal double HalfStep => Code == WavFormat.IeeeFloat ? 0 : Math.Max(0.5 / (1L << (Bits - 1)), 6e-8);

        internal byte[] ToBytes() => WavBytes.Build(Code, Channels, SampleRate, Bits, [.. Samples.SelectMany(Encode)], Extensible);

        private byte[] Encode(float sample)
        {
            if (Code == WavFormat.IeeeFloat)
                return Bits == 32 ? BitConverter.GetBytes(sample) : BitConverter.GetBytes((double)sample);
            var value = (long)Math.Round(sample * (double)(1L << (Bits - 1)));
            return BitConverter.GetBytes(Bits == 8 ? value + 128 : value)[..(Bits / 8)];
        }

        public override string ToString() => $"format {Code}, {Bits} bits, {Channels} channels, {SampleRate} Hz, {Samples.Length} samples, extensible {Extensible}";
    }
}
