namespace Platform.Dsp.Tests;

[Collection(nameof(FfmpegProcesses))]
public sealed class AudioDecoderTests
{
    [Fact]
    public void Every_format_gives_the_recording_back_and_is_recognised_by_its_first_bytes()
    {
        Encoder.SkipWithoutFfmpeg();
        var wav = Encoder.TonesWav(48_000, 2, 2);
        foreach (var (extension, arguments) in Encoder.Formats)
        {
            var bytes = Encoder.Encode(wav, arguments);

            var expected = extension switch { "m4a" => "mp4", "webm" => "mkv", _ => extension };
            Assert.Equal(expected, AudioDecoder.Sniff(bytes.AsSpan(0, 64))?.Extension);
            using var source = AudioDecoder.Open(new Forward(bytes));
            var samples = source.ReadAll();
            Assert.Equal((48_000, 2, false), (source.SampleRate, source.Channels, source.Truncated));
            Assert.InRange(samples.Length / 2 / 48_000.0, 1.99, 2.08);
            Assert.Equal(0.5 / Math.Sqrt(2), TonePart(samples, 0, 440), 0.02);
            Assert.Equal(0.5 / Math.Sqrt(2), TonePart(samples, 1, 880), 0.02);
        }
    }

    [Theory]
    [InlineData("-c:a flac -f flac")]
    [InlineData("-c:a alac -f mov")]
    [InlineData("-c:a pcm_s16be -f aiff")]
    [InlineData("-c:a flac -f ogg")]
    [InlineData("-c:a flac -f matroska")]
    public void What_loses_nothing_gives_the_very_samples(string arguments)
    {
        Encoder.SkipWithoutFfmpeg();
        var wav = Encoder.TonesWav(22_050, 2, 1.5);

        using var source = AudioDecoder.Open(new MemoryStream(Encoder.Encode(wav, arguments)));

        Assert.Equal(WavReader.Read(new MemoryStream(wav)).Samples, source.ReadAll());
    }

    [Theory]
    [InlineData("pcm_mulaw")]
    [InlineData("pcm_alaw")]
    [InlineData("adpcm_ms")]
    [InlineData("adpcm_ima_wav")]
    public void Wav_of_compressed_samples_is_decoded_too(string codec)
    {
        Encoder.SkipWithoutFfmpeg();
        var wav = Encoder.Encode(Encoder.TonesWav(8_000, 1, 3), $"-c:a {codec} -f wav");

        using var source = AudioDecoder.Open(new Forward(wav));
        var samples = source.ReadAll();

        Assert.Equal((8_000, 1, "wav"), (source.SampleRate, source.Channels, AudioDecoder.Sniff(wav)?.Extension));
        Assert.InRange(samples.Length, 24_000, 25_100); // ADPCM fills its last block
        var tone = MelSpectrogramTests.Tone(hz: 440, seconds: 3, amplitude: 0.5, sampleRate: 8_000);
        Assert.InRange(tone.Zip(samples, (expected, given) => Math.Abs(expected - given)).Skip(100).Max(), 0, 0.05);
    }

    [Fact]
    public void A_film_gives_its_sound()
    {
        Encoder.SkipWithoutFfmpeg();
        var film = Encoder.Encode(Encoder.TonesWav(16_000, 1, 1), "-f lavfi -i testsrc=d=1 -map 1:v -map 0:a -c:v mpeg4 -c:a aac -f mp4");

        using var source = AudioDecoder.Open(new Forward(film));

        Assert.InRange(source.ReadAll().Length, 16_000, 18_100);
        Assert.False(source.Truncated);
    }

    [Theory]
    [InlineData("-c:a flac -f flac")]
    [InlineData("-c:a aac -movflags +faststart -f mp4")]
    [InlineData("-c:a libvorbis -f matroska")]
    [InlineData("-c:a libopus -f opus", false)]
    [InlineData("-c:a libmp3lame -f mp3", false)]
    public void A_file_cut_in_the_middle_gives_what_is_there_and_is_marked_where_its_format_has_an_end(string arguments, bool marked = true)
    {
        Encoder.SkipWithoutFfmpeg();
        var bytes = Encoder.Encode(Encoder.TonesWav(48_000, 1, 8), arguments);

        using var source = AudioDecoder.Open(new Forward(bytes[..(bytes.Length * 6 / 10)]));
        var seconds = source.ReadAll().Length / 48_000.0;

        Assert.InRange(seconds, 2, 7);
        Assert.True(source.Truncated || !marked);
    }

    [Fact]
    public void What_begins_no_format_is_refused_with_its_first_bytes()
    {
        foreach (var text in new[] { "#EXTM3U\nhttp://127.0.0.1/a.ts\n", "ffconcat version 1.0\nfile /etc/hostname\n", "<MPD></MPD>", "x" })
        {
            var bytes = System.Text.Encoding.ASCII.GetBytes(text);

            var error = Assert.Throws<AudioFormatException>(() => AudioDecoder.Open(new MemoryStream(bytes)));

            Assert.Equal(AudioFault.Unsupported, error.Fault);
            Assert.Contains(Convert.ToHexString(bytes[..Math.Min(16, bytes.Length)]), error.Message, StringComparison.Ordinal);
        }

        Assert.Equal("The recording ends at byte 0: it is empty.", Assert.Throws<AudioFormatException>(() => AudioDecoder.Open(new MemoryStream())).Message);
    }

    [Theory]
    [InlineData("ID3\u0004\0\0\0\0\0\0#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")]
    [InlineData("fLaC#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")]
    [InlineData("\0\0\0\u0008ftyp")]
    [InlineData("OggSffconcat version 1.0\nfile /etc/passwd\n")]
    public void What_only_begins_as_a_format_is_corrupt_and_the_decoder_s_reason_is_told(string content)
    {
        Encoder.SkipWithoutFfmpeg();
        var bytes = System.Text.Encoding.Latin1.GetBytes(content);

        var error = Assert.Throws<AudioFormatException>(() => AudioDecoder.Open(new MemoryStream(bytes)));

        Assert.Equal(AudioFault.Corrupt, error.Fault);
        Assert.StartsWith($"Bytes 0 to {bytes.Length} (", error.Message, StringComparison.Ordinal);
        Assert.Contains("ffmpeg finds no audio: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RIFF", "wav")]
    [InlineData("RF64", "wav")]
    [InlineData("BW64", "wav")]
    [InlineData("RIFX", "wav")]
    public void Every_kind_of_WAV_is_recognised(string form, string extension) =>
        Assert.Equal(extension, AudioDecoder.Sniff(System.Text.Encoding.ASCII.GetBytes(form + "\0\0\0\0WAVEfmt "))?.Extension);

    [Fact]
    public void Frames_without_a_file_header_are_told_apart()
    {
        Assert.Equal("mp3", AudioDecoder.Sniff([0xFF, 0xFB, 0x90, 0x64])?.Extension);
        Assert.Equal("aac", AudioDecoder.Sniff([0xFF, 0xF1, 0x50, 0x80])?.Extension);
        Assert.Null(AudioDecoder.Sniff([0xFF, 0xFF, 0xFF, 0xFF]));
        Assert.Null(AudioDecoder.Sniff([0xFF, 0xD8, 0xFF, 0xE0])); // a JPEG
        Assert.Null(AudioDecoder.Sniff([]));
    }

    [Fact]
    public void No_two_formats_share_an_extension() =>
        Assert.Distinct(AudioDecoder.Formats.Select(format => format.Extension));

    /// <summary>Root mean square of the part of one channel that is a tone of this frequency.</summary>
    private static double TonePart(float[] samples, int channel, double frequency)
    {
        var (sine, cosine, count) = (0.0, 0.0, 48_000);
        for (var i = 0; i < count; i++)
        {
            var sample = samples[2 * (i + 24_000) + channel];
            sine += sample * Math.Sin(2 * Math.PI * frequency * i / 48_000);
            cosine += sample * Math.Cos(2 * Math.PI * frequency * i / 48_000);
        }

        return Math.Sqrt(2 * (sine * sine + cosine * cosine)) / count;
    }

    /// <summary>A stream that can only be read forward, as the body of a request.</summary>
    private sealed class Forward(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override long Seek(long offset, SeekOrigin loc) => throw new NotSupportedException();
    }
}
