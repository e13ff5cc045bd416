using System.Globalization;
using Platform.Cli.Recordings;

namespace Platform.Cli.Demo;

/// <summary>The recordings of one device, as <c>DIR/{device}/train/normal</c>, <c>test/normal</c> and <c>test/anomaly…</c> have them.</summary>
internal sealed record DemoDevice(string Device, string MachineType, IReadOnlyList<string> Training, IReadOnlyList<string> Healthy, IReadOnlyList<string> Faulty)
{
    public IEnumerable<string> All => Training.Concat(Healthy).Concat(Faulty);
}

/// <summary>What the demo works on.</summary>
internal sealed record DemoData(string Folder, IReadOnlyList<DemoDevice> Devices, int SampleRate)
{
    /// <summary>Rate of the spec when no file says its own: enough for most machines.</summary>
    private const int UsualRate = 16_000;

    /// <param name="sampleRate">Rate of the feature spec; null for the one that most of the files have.</param>
    public static DemoData Read(string folder, int? sampleRate)
    {
        if (!Directory.Exists(folder))
            throw new PlatformException($"{folder} is not a folder.");
        var devices = Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).Select(ReadDevice).OfType<DemoDevice>().ToList();
        if (devices.Count == 0)
            throw new PlatformException($"{folder} has no {{device}}/train/normal with recordings ({AudioFiles.Extensions}).");
        return new(Path.GetFullPath(folder), devices, sampleRate ?? MostCommonRate(devices));
    }

    private static DemoDevice? ReadDevice(string folder)
    {
        var training = AudioFiles.Below(Path.Combine(folder, "train", "normal")).ToList();
        if (training.Count == 0)
            return null;
        var test = Path.Combine(folder, "test");
        var faulty = Directory.Exists(test)
            ? Directory.EnumerateDirectories(test, "anomaly*").Order(StringComparer.Ordinal).SelectMany(AudioFiles.Below).ToList()
            : [];
        var device = Path.GetFileName(folder);
        var sample = SampleMachine.All.FirstOrDefault(machine => machine.Device == device);
        return new(device, sample?.MachineType ?? "machine", training, AudioFiles.Below(Path.Combine(test, "normal")).ToList(), faulty);
    }

    /// <summary>One spec serves all devices; what has another rate is resampled. Of rates that are as common, the lower one.</summary>
    private static int MostCommonRate(IReadOnlyList<DemoDevice> devices) => devices
        .SelectMany(device => device.All)
        .Select(RateOf)
        .OfType<int>()
        .GroupBy(rate => rate)
        .OrderByDescending(files => files.Count()).ThenBy(files => files.Key)
        .Select(files => files.Key)
        .FirstOrDefault(UsualRate);

    /// <summary>Null for what is no WAV: the platform decodes that, or says why it refuses it.</summary>
    private static int? RateOf(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return WavHeader.Read(stream).SampleRate;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    public static string SpecName(double windowSeconds, int sampleRate) =>
        string.Create(CultureInfo.InvariantCulture, $"win{windowSeconds:0.###}s-{sampleRate}");
}
