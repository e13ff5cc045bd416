using System.Globalization;

namespace Platform.Trainer.Slices;

/// <summary>Object keys of one run's folder.</summary>
internal sealed record RunKeys(string RunName)
{
    internal string Folder => $"runs/{RunName}";

    internal string Package => $"{Folder}/package";

    internal string Metadata => $"{Folder}/metadata.json";

    internal string Cancelled => $"{Folder}/cancelled";

    internal string Checkpoints => $"{Folder}/checkpoints/checkpoint-";

    internal string Starts => $"{Folder}/starts/";

    internal string Logs => $"{Folder}/logs/";

    internal string Slice(int slice) => string.Create(CultureInfo.InvariantCulture, $"{Folder}/slices/{slice}");

    internal string Start(int number) => string.Create(CultureInfo.InvariantCulture, $"{Starts}{number:D6}");

    internal string StartError(int number) => Start(number) + ".error";

    internal string Checkpoint(int step) => string.Create(CultureInfo.InvariantCulture, $"{Checkpoints}{step}");

    /// <summary>The best weights, for people and their tools; written when the run ends.</summary>
    internal string Best(int step) => string.Create(CultureInfo.InvariantCulture, $"{Folder}/checkpoints/best-{step}");

    internal string SliceLog(int slice) => string.Create(CultureInfo.InvariantCulture, $"{Logs}training-{slice:D4}.log");

    internal string SliceMetrics(int slice) => string.Create(CultureInfo.InvariantCulture, $"{Logs}metrics-{slice:D4}.jsonl");
}
