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
/// <param name="delivery">How often the broker had delivered the message before: the worker that holds it has the highest number.</param>
internal sealed class RunStarts(IObjectStore store, RunKeys run, int slice, int delivery)
{
    /// <summary>Starts in a row from the same checkpoint; the next one fails the run.</summary>
    internal const int Max = 5;

    private sealed record StartFile(int Slice, int Step, string Host, DateTimeOffset At, int Delivery = 0);

    // They never change, and the newest are asked for at each checkpoint.
    private readonly Dictionary<int, StartFile> _read = [];

    private int _number;

    /// <summary>The first start of this slice, whoever made it; null when nobody did.</summary>
    /// <returns>The step it went on from, and where it was.</returns>
    internal async Task<(int Step, string Host)?> FirstOfSlice(CancellationToken cancellationToken)
    {
        foreach (var number in await Numbers(cancellationToken))
        {
            if (await Read(number, cancellationToken) is var start && start.Slice == slice)
                return (start.Step, start.Host);
        }

        return null;
    }

    /// <summary>When the run was first started; null when it never was.</summary>
    internal async Task<DateTimeOffset?> FirstAt(CancellationToken cancellationToken) =>
        await Numbers(cancellationToken) is [var first, ..] ? (await Read(first, cancellationToken)).At : null;

    /// <summary>Which start in a row from this checkpoint this is: 1 for the first; null when <see cref="Max"/> were made.</summary>
    /// <param name="step">Of the checkpoint that the start goes on from; 0 without one.</param>
    internal async Task<int?> Next(int step, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(
            new StartFile(slice, step, $"{Environment.MachineName}:{Environment.ProcessId}", now, delivery), RunJson.Line);
        while (true)
        {
            var numbers = await Numbers(cancellationToken);
            var before = 0;
            while (before < numbers.Count && (await Read(numbers[^(before + 1)], cancellationToken)).Step == step)
            {
                if (++before == Max)
                    return null;
            }

            _number = numbers.Count == 0 ? 1 : numbers[^1] + 1;
            if (await store.TryCreate(run.Start(_number), content, cancellationToken))
                return before + 1;
        }
    }

    /// <summary>
    /// True when a later slice was started, or a later delivery of this one: then this worker seemed dead, and the run is the
    /// other's. Who was frozen before its own start comes later by number and has the earlier delivery all the same.
    /// </summary>
    internal async Task<bool> Superseded(CancellationToken cancellationToken)
    {
        foreach (var number in (await Numbers(cancellationToken)).Where(number => number != _number))
        {
            var other = await Read(number, cancellationToken);
            if ((other.Slice, other.Delivery, number).CompareTo((slice, delivery, _number)) > 0)
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

    private async Task<StartFile> Read(int number, CancellationToken cancellationToken)
    {
        if (!_read.TryGetValue(number, out var start))
            _read[number] = start = JsonSerializer.Deserialize<StartFile>(await store.ReadAll(run.Start(number), cancellationToken), RunJson.Line)!;
        return start;
    }
}
