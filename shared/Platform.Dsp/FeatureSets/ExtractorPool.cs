using System.Collections.Concurrent;

namespace Platform.Dsp;

/// <summary>
/// Lends extractors, whose tables take longer to build than a short recording to extract. Safe for any number of threads.
/// </summary>
public sealed class ExtractorPool
{
    // Extractors of specs that nobody uses any more are let go of with all others: building one anew takes milliseconds.
    private const int MaxExtractions = 16;

    private readonly ConcurrentDictionary<Extraction, ConcurrentBag<FeatureSetExtractor>> _idle = new();

    /// <summary><see cref="FeatureSetExtractor.Extract(AudioSource, Action{ReadOnlySpan{float}})"/> by a lent extractor.</summary>
    public FeatureSummary Extract(Extraction extraction, AudioSource audio, Action<ReadOnlySpan<float>> patch) =>
        Lend(extraction, extractor => extractor.Extract(audio, patch));

    /// <summary>The same with all patches in memory.</summary>
    public FeatureSet Extract(Extraction extraction, AudioSource audio) => Lend(extraction, extractor => extractor.Extract(audio));

    private T Lend<T>(Extraction extraction, Func<FeatureSetExtractor, T> use)
    {
        if (_idle.Count > MaxExtractions)
            _idle.Clear();
        var idle = _idle.GetOrAdd(extraction, _ => []);
        var extractor = idle.TryTake(out var lent) ? lent : new FeatureSetExtractor(extraction);
        try
        {
            return use(extractor);
        }
        finally
        {
            idle.Add(extractor);
        }
    }
}
