using Platform.Cli.Demo;
using Platform.Cli.Demo.Sound;

namespace Platform.Cli.Tests;

public sealed class DemoDataTests : IDisposable
{
    private static readonly byte[] Wav = new Clip().ToWav();

    private readonly string folder = Directory.CreateTempSubdirectory("platform-cli-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_folders_tell_devices_and_what_is_healthy()
    {
        Add("fan-2/train/normal/b.wav");
        Add("fan-2/train/normal/a.wav");
        Add("fan-2/test/normal/c.WAV");
        Add("fan-2/test/anomaly/d.wav");
        Add("fan-2/test/anomaly_worn/e.wav");
        Add("fan-2/test/normal_plus_noise/f.wav");
        Add("notes/readme.wav");

        var data = DemoData.Read(folder, null);

        var device = Assert.Single(data.Devices);
        Assert.Equal("fan-2", device.Device);
        Assert.Equal(["a.wav", "b.wav"], device.Training.Select(Path.GetFileName));
        Assert.Equal(["c.WAV"], device.Healthy.Select(Path.GetFileName));
        Assert.Equal(["d.wav", "e.wav"], device.Faulty.Select(Path.GetFileName));
        Assert.Equal(16_000, data.SampleRate);
    }

    [Fact]
    public void The_specs_rate_is_what_most_files_have_unless_said()
    {
        Add("fan-2/train/normal/a.wav", rate: 44_100);
        Add("fan-2/train/normal/b.wav", rate: 44_100);
        Add("fan-2/test/normal/c.wav", rate: 8_000);

        Assert.Equal(44_100, DemoData.Read(folder, null).SampleRate);
        Assert.Equal(25_600, DemoData.Read(folder, 25_600).SampleRate);
        Add("fan-2/test/anomaly/d.wav", rate: 8_000);
        Assert.Equal(8_000, DemoData.Read(folder, null).SampleRate); // as common: the one that all files can be brought to
    }

    [Fact]
    public void Compressed_recordings_are_taken_and_say_no_rate()
    {
        var normal = Directory.CreateDirectory(Path.Combine(folder, "fan-2/train/normal")).FullName;
        foreach (var name in new[] { "a.flac", "b.mp3", "c.M4A", "d.mp4", "e.ogg", "f.opus", "g.mkv", "readme.txt", "list.m3u8" })
            File.WriteAllText(Path.Combine(normal, name), "whatever");

        var data = DemoData.Read(folder, null);

        Assert.Equal(["a.flac", "b.mp3", "c.M4A", "d.mp4", "e.ogg", "f.opus", "g.mkv"], Assert.Single(data.Devices).Training.Select(Path.GetFileName));
        Assert.Equal(16_000, data.SampleRate);
    }

    [Fact]
    public void A_file_that_is_no_wav_is_left_to_the_platform_to_refuse()
    {
        Add("fan-2/train/normal/a.wav");
        File.WriteAllText(Path.Combine(folder, "fan-2/train/normal/broken.wav"), "no audio at all");

        Assert.Equal(2, Assert.Single(DemoData.Read(folder, null).Devices).Training.Count);
    }

    [Fact]
    public void A_folder_without_recordings_is_an_error_that_says_what_is_expected() =>
        Assert.Contains("{device}/train/normal", Assert.Throws<PlatformException>(() => DemoData.Read(folder, null)).Message);

    [Theory]
    [InlineData(1, 16_000, "win1s-16000")]
    [InlineData(0.5, 25_600, "win0.5s-25600")]
    public void A_spec_is_named_by_its_parameters(double window, int rate, string name) => Assert.Equal(name, DemoData.SpecName(window, rate));

    private void Add(string path, int rate = 16_000)
    {
        var file = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var wav = Wav[..1_044];
        BitConverter.TryWriteBytes(wav.AsSpan(24), rate);
        File.WriteAllBytes(file, wav);
    }
}
