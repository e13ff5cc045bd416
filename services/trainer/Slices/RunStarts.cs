using System.Globalization;
using System.Text;
using System.Text.Json;
using Platform.Hosting;
using Platform.Trainer.Results;

namespace Platform.Trainer.Slices;

/// <summary>
/// Numbers the starts of a run, whoever makes them: which worker is the last one to own it, and how many in a row came to no
/// new checkpoint. Objects, not memory, since the worker before may be dead, frozen, or elsewhere.
/// </summary>
internal sealed class RunStarts(IObjectStore store, RunKeys run)
{
    /// <summary>Starts in a row from the same checkpoint; the next one fails the run.</summary>
    internal const int Max = 5;

    private sealed record StartFile(int Slice, int Step, string Host, DateTimeOffset At);

    private int _number;
    private int _slice;

    /// <summary>Which start in a row from this checkpoint this is: 1 for the first; null when <see cref="Max"/> were made.</summary>
    /// <param name="step">Of the checkpoint that the start goes on from; 0 without one.</param>
    internal async Task<int?> Next(int slice, int step, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(
            new StartFile(slice, step, $"{Environment.MachineName}:{Environment.ProcessId}", now), RunJson.Line);
        while (true)
        {
            var numbers = await Numbers(cancellationToken);
            var before = 0;
            while (before < numbers.Count && (await Read(numbers[^(before + 1)], cancellationToken)).Step == step)
            {
                if (++before == Max)
                    return null;
            }

            (_number, _slice) = (numbers.Count == 0 ? 1 : numbers[^1] + 1, slice);
            if (await store.TryCreate(run.Start(_number), content, cancellationToken))
                return before + 1;
        }
    }

    /// <summary>
    /// True when a message of this slice or a later one was started since: then it was delivered again because this worker
    /// seemed dead, and the run is the other's.
    /// </summary>
    internal async Task<bool> Superseded(CancellationToken cancellationToken)
    {
        foreach (var number in (await Numbers(cancellationToken)).Where(number => number > _number))
        {
            if ((await Read(number, cancellationToken)).Slice >= _slice)
                return true;
        }

        return false;
    }

    /// <summary>Keeps why this start ended, for the reason of a failed run. One that was killed leaves nothing.</summary>
    internal Task Failed(string reason, CancellationToken cancellationToken) =>
        store.TryCreate(run.StartError(_number), Encoding.UTF8.GetBytes(reason), cancellationToken);

    internal async Task<string> WhyNoMore(CancellationToken cancellationToken)
    {
        foreach (var number in (await Numbers(cancellationToken)).TakeLast(Max).Reverse())
        {
            if (await store.Find(run.StartError(number), cancellationToken) is { } error)
            {
                var reason = Encoding.UTF8.GetString(await store.ReadAll(error.Key, cancellationToken));
                return $"{Max} attempts in a row came to no new checkpoint; the last one that could say why: {reason}";
            }
        }

        return $"{Max} attempts in a row came to no new checkpoint; their processes ended without a word, killed perhaps for memory.";
    }

    // Ascending.
    private async Task<List<int>> Numbers(CancellationToken cancellationToken)
    {
        var numbers = new List<int>();
        await foreach (var item in store.List(run.Starts, cancellationToken))
        {
            if (int.TryParse(item.Key.AsSpan(run.Starts.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                numbers.Add(number);
        }

        numbers.Sort();
        return numbers;
    }

    private async Task<StartFile> Read(int number, CancellationToken cancellationToken) =>
        JsonSerializer.Deserialize<StartFile>(await store.ReadAll(run.Start(number), cancellationToken), RunJson.Line)!;
}
