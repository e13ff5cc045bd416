using System.Text.Json;
using Platform.Models;
using Platform.Trainer.Results;

namespace Platform.Trainer.Training;

/// <summary>Everything needed to go on as if a run had never stopped.</summary>
/// <param name="Best">Weights of the best evaluation; null before the first one.</param>
internal sealed record Checkpoint(
    TrainingState State,
    IReadOnlyList<KeyValuePair<string, StateTensor>> Weights,
    IReadOnlyList<KeyValuePair<string, StateTensor>> Optimizer,
    IReadOnlyList<KeyValuePair<string, StateTensor>>? Best)
{
    private const string WeightsFile = "model.pth";
    private const string OptimizerFile = "optimizer.pth";
    private const string BestFile = "best.pth";
    private const string StateFile = "state.json";

    internal IReadOnlyDictionary<string, ReadOnlyMemory<byte>> ToFiles()
    {
        var files = new Dictionary<string, ReadOnlyMemory<byte>>
        {
            [WeightsFile] = TorchFile.Write(Weights),
            [OptimizerFile] = TorchFile.Write(Optimizer),
            [StateFile] = JsonSerializer.SerializeToUtf8Bytes(State, RunJson.File),
        };
        if (Best is not null)
            files[BestFile] = TorchFile.Write(Best);
        return files;
    }

    /// <exception cref="InvalidDataException">A file is missing or is not what it should be.</exception>
    internal static Checkpoint FromFiles(IReadOnlyDictionary<string, byte[]> files)
    {
        return new Checkpoint(
            ReadState(Content(StateFile)),
            TorchFile.Read(Content(WeightsFile)),
            TorchFile.Read(Content(OptimizerFile)),
            files.TryGetValue(BestFile, out var best) ? TorchFile.Read(best) : null);

        byte[] Content(string file) =>
            files.TryGetValue(file, out var content) ? content : throw new InvalidDataException($"{file}: the file is missing.");
    }

    private static TrainingState ReadState(byte[] json)
    {
        try
        {
            var state = JsonSerializer.Deserialize<TrainingState>(json, RunJson.File);
            return state is { Format: TrainingState.CurrentFormat }
                ? state
                : throw new InvalidDataException($"{StateFile}: the format is {state?.Format}, this version reads {TrainingState.CurrentFormat}.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{StateFile}: {exception.Message}", exception);
        }
    }
}
