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
    /// <param name="sampleRate">Null for what the files have.</param>
    public static DemoData Read(string folder, int? sampleRate)
    {
        if (!Directory.Exists(folder))
            throw new PlatformException($"{folder} is not a folder.");
        var devices = Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).Select(ReadDevice).OfType<DemoDevice>().ToList();
        if (devices.Count == 0)
            throw new PlatformException($"{folder} has no {{device}}/train/normal with .wav files.");
        return new(Path.GetFullPath(folder), devices, CommonRate(devices, sampleRate));
    }

    private static DemoDevice? ReadDevice(string folder)
    {
        var training = WavFiles.Below(Path.Combine(folder, "train", "normal")).ToList();
        if (training.Count == 0)
            return null;
        var test = Path.Combine(folder, "test");
        var faulty = Directory.Exists(test)
            ? Directory.EnumerateDirectories(test, "anomaly*").Order(StringComparer.Ordinal).SelectMany(WavFiles.Below).ToList()
            : [];
        var device = Path.GetFileName(folder);
        var sample = SampleMachine.All.FirstOrDefault(machine => machine.Device == device);
        return new(device, sample?.MachineType ?? "machine", training, WavFiles.Below(Path.Combine(test, "normal")).ToList(), faulty);
    }

    /// <summary>One spec serves all devices, so all files must have its rate: nothing is resampled.</summary>
    private static int CommonRate(IReadOnlyList<DemoDevice> devices, int? wanted)
    {
        var rate = wanted;
        foreach (var file in devices.SelectMany(device => device.All))
        {
            var found = RateOf(file);
            rate ??= found;
            if (found is not null && found != rate)
                throw new PlatformException($"{file} has {found} samples per second, not {rate}: all recordings must have the rate of the feature spec.");
        }

        return rate ?? throw new PlatformException("None of the .wav files could be read.");
    }

    /// <summary>Null when the file is no WAV: whether to refuse it is for the platform to say, which then reports it.</summary>
    private static int? RateOf(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return WavHeader.ReadSampleRate(stream);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    public static string SpecName(double windowSeconds, int sampleRate) =>
        string.Create(CultureInfo.InvariantCulture, $"win{windowSeconds:0.###}s-{sampleRate}");
}
