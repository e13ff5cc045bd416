using System.Net;
using System.Text;
using Platform.Contracts;

namespace Platform.Ingest.Tests;

/// <summary>What ingest takes: it looks at the first bytes only, so these are all that is real here.</summary>
public sealed class AudioFormatTests(IngestFixture ingest) : IClassFixture<IngestFixture>
{
    private static readonly byte[] Flac = [.. "fLaC"u8, 0x00, 0x00, 0x00, 0x22, .. new byte[100]];
    private static readonly byte[] Mp3Tagged = [.. "ID3"u8, 4, 0, 0, 0, 0, 0, 0, 0xFF, 0xFB, 0x90, 0x64, .. new byte[100]];
    private static readonly byte[] Mp4 = [0, 0, 0, 0x20, .. "ftypM4A "u8, 0, 0, 2, 0, .. "M4A mp42isom"u8, .. new byte[100]];
    private static readonly byte[] Matroska =
        [0x1A, 0x45, 0xDF, 0xA3, 0x93, 0x42, 0x82, 0x88, .. "matroska"u8, 0x42, 0x87, 0x81, 0x04, 0x42, 0x85, 0x81, 0x02, .. new byte[100]];
    private static readonly byte[] Vorbis = [.. "OggS"u8, 0, 2, .. new byte[20], 1, 30, 1, .. "vorbis"u8, .. new byte[100]];
    private static readonly byte[] Opus = [.. "OggS"u8, 0, 2, .. new byte[20], 1, 19, .. "OpusHead"u8, 1, 1, .. new byte[100]];
    private static readonly byte[] Rf64 = [.. "RF64"u8, 0xFF, 0xFF, 0xFF, 0xFF, .. "WAVEds64"u8, 28, 0, 0, 0, .. new byte[100]];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, byte[], string> Accepted => new()
    {
        { "audio/flac", Flac, "flac" },
        { "audio/mpeg", Mp3Tagged, "mp3" },
        { "audio/mpeg", [0xFF, 0xFB, 0x90, 0x64, .. new byte[413]], "mp3" },
        { "audio/mp4", Mp4, "mp4" },
        { "video/mp4", Mp4, "mp4" },
        { "video/x-matroska", Matroska, "mkv" },
        { "audio/ogg", Vorbis, "ogg" },
        { "audio/ogg; codecs=opus", Opus, "opus" },
        { "audio/opus", Opus, "opus" },
        { "audio/x-wav", Rf64, "wav" },
        { "AUDIO/WAV; rate=16000", IngestFixture.Wave(1), "wav" },
        { "application/octet-stream", Flac, "flac" },
        { "application/octet-stream", IngestFixture.Wave(2), "wav" },
        { "", Mp3Tagged, "mp3" },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public async Task Audio_is_archived_under_the_extension_of_what_its_bytes_are(string contentType, byte[] audio, string format)
    {
        var device = $"AF-{format}-{Math.Abs(contentType.GetHashCode(StringComparison.Ordinal))}-{audio.Length}";

        var response = await ingest.Upload(device, audio, "recordedAt=2026-03-01T06:30:00Z", contentType);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var body = await IngestFixture.Json(response);
        Assert.Equal(format, body.GetProperty("format").GetString());
        var key = $"audio/{device}/20260301/{body.GetProperty("sha256").GetString()}.{format}";
        Assert.Equal(key, body.GetProperty("objectKey").GetString());
        Assert.Equal([key], await ingest.Keys($"audio/{device}/"));
        var heard = Assert.Single(await ingest.Heard<AudioArchived>(IngestFixture.ArchivedHeard, it => it.Device == device, 1));
        Assert.Equal(key, heard.ObjectKey);
        var kept = await IngestFixture.Json(await ingest.Http.GetAsync($"recordings/{body.GetProperty("id").GetGuid()}", Token));
        Assert.Equal(format, kept.GetProperty("format").GetString());
    }

    public static TheoryData<string, byte[], string> Contradicting => new()
    {
        { "audio/mpeg", Flac, "Content-Type says 'audio/mpeg', but the body begins as flac does" },
        { "audio/wav", Mp3Tagged, "Content-Type says 'audio/wav', but the body begins as mp3 does" },
        { "audio/opus", Vorbis, "Content-Type says 'audio/opus', but the body begins as ogg does" },
        { "audio/flac", IngestFixture.Wave(3), "Content-Type says 'audio/flac', but the body begins as wav does" },
    };

    [Theory]
    [MemberData(nameof(Contradicting))]
    public async Task A_declared_type_that_the_bytes_contradict_is_refused_naming_both(string contentType, byte[] audio, string expected)
    {
        var response = await ingest.Upload("AF-no", audio, contentType: contentType);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains(expected, (await IngestFixture.Json(response)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(await ingest.Keys("audio/AF-no/"));
    }

    [Theory]
    [InlineData("<?xml version=\"1.0\"?><MPD/>")]
    [InlineData("[playlist]\nFile1=http://127.0.0.1/\n")]
    [InlineData("MThd")]
    [InlineData("\u0000\u0000\u0000")]
    public async Task What_only_points_to_audio_is_refused_whatever_it_is_called(string text)
    {
        var response = await ingest.Upload("AF-text", Encoding.Latin1.GetBytes(text), contentType: "application/octet-stream");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Contains("Accepted are wav", (await IngestFixture.Json(response)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quarantine_keeps_the_extension()
    {
        var recording = await IngestFixture.Json(await ingest.Upload("AF-q", Flac, contentType: "audio/flac"));
        var (id, hash) = (recording.GetProperty("id").GetGuid(), recording.GetProperty("sha256").GetString());

        await ingest.Publish(new FeatureExtractionFailed(id, "AF-q", ExtractionFailures.CorruptAudio, "frame 1", DateTimeOffset.UnixEpoch));

        await Testing.Eventually.Is(async () => (await ingest.Keys("audio/AF-q/")).Count == 0);
        Assert.Equal([$"quarantine/AF-q/{hash}.flac"], await ingest.Keys("quarantine/AF-q/"));
    }
}
