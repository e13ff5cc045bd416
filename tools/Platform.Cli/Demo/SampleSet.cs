using System.Globalization;
using Platform.Cli.Output;

namespace Platform.Cli.Demo;

/// <summary>
/// Writes the sample machines as files, in the layout that <c>demo --data</c> reads: ten minutes of healthy recordings to train on,
/// and for each round recordings that no model has heard.
/// </summary>
internal static class SampleSet
{
    public const int Training = 60;
    public const int UnseenNormal = 20;
    public const int PerFault = 10;

    /// <param name="round">From 1; the test recordings of another round are other moments of the same machines.</param>
    public static async Task Write(string folder, int round, ProgressLine progress, CancellationToken cancellationToken)
    {
        var recordings = SampleMachine.All.SelectMany(machine => Recordings(folder, machine, round)).ToList();
        foreach (var machine in SampleMachine.All)
            ClearOtherRounds(Path.Combine(folder, machine.Device, "test"), round);

        var done = 0;
        await Parallel.ForEachAsync(recordings, cancellationToken, async (recording, token) =>
        {
            if (!File.Exists(recording.File))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(recording.File)!);
                var wav = recording.Machine.Record(recording.Fault, recording.Take).ToWav();
                await File.WriteAllBytesAsync(recording.File + ".part", wav, token);
                File.Move(recording.File + ".part", recording.File);
            }

            progress.Set(Interlocked.Increment(ref done), recordings.Count);
        });
    }

    private static IEnumerable<(SampleMachine Machine, string? Fault, string Take, string File)> Recordings(string folder, SampleMachine machine, int round)
    {
        foreach (var take in Takes("train", Training))
            yield return (machine, null, take, FileOf("train/normal", take));
        foreach (var take in Takes($"round{round}", UnseenNormal))
            yield return (machine, null, take, FileOf("test/normal", take));
        foreach (var fault in machine.Faults)
        {
            foreach (var take in Takes($"round{round}-{fault}", PerFault))
                yield return (machine, fault, take, FileOf("test/anomaly", take));
        }

        string FileOf(string group, string take) => Path.Combine(folder, machine.Device, group, take + ".wav");
    }

    private static IEnumerable<string> Takes(string name, int count) =>
        Enumerable.Range(1, count).Select(number => string.Create(CultureInfo.InvariantCulture, $"{name}-{number:000}"));

    private static void ClearOtherRounds(string test, int round)
    {
        if (!Directory.Exists(test))
            return;
        foreach (var file in Directory.EnumerateFiles(test, "*.wav", SearchOption.AllDirectories))
        {
            if (!Path.GetFileName(file).StartsWith($"round{round}-", StringComparison.Ordinal))
                File.Delete(file);
        }
    }
}
