using System.Collections.Concurrent;

namespace Platform.Registry.Paging;

/// <summary>
/// How many items a filter has. Counting 50 000 rows costs more than reading a page of them, so all who ask the same within a second share one
/// count. Thread-safe.
/// </summary>
internal sealed class Totals(TimeProvider time)
{
    /// <summary>How old a total may be.</summary>
    internal static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);

    // Filters are callers' texts: a crawler must not fill the memory with them.
    private const int MostKept = 1_000;

    private readonly ConcurrentDictionary<string, Count> counts = new(StringComparer.Ordinal);

    /// <param name="question">Names list and filter.</param>
    /// <param name="count">Shared by several callers, so no one of them can cancel it.</param>
    public async Task<long> Of(string question, Func<CancellationToken, Task<long>> count)
    {
        if (counts.TryGetValue(question, out var known) && IsFresh(known))
            return await known.Value;

        if (counts.Count >= MostKept)
            counts.Clear();
        var counted = new Count(new(() => count(CancellationToken.None)), time.GetTimestamp());
        counted = known is null
            ? counts.GetOrAdd(question, counted)
            : counts.TryUpdate(question, counted, known) ? counted : counts.GetValueOrDefault(question, counted);
        try
        {
            return await counted.Value;
        }
        catch
        {
            counts.TryRemove(new(question, counted));
            throw;
        }
    }

    private bool IsFresh(Count count) => time.GetElapsedTime(count.At) < Freshness;

    private sealed class Count(Lazy<Task<long>> value, long at)
    {
        public long At => at;

        public Task<long> Value => value.Value;
    }
}
