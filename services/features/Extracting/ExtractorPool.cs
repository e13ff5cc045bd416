using System.Collections.Concurrent;
using Platform.Dsp;

namespace Platform.Features.Extracting;

/// <summary>
/// Lends extractors, whose tables take longer to build than a short recording to extract. Safe for any number of threads.
/// </summary>
internal sealed class ExtractorPool
{
    // Extractors of specs that nobody uses any more are let go of with all others: building one anew takes milliseconds.
    private const int MaxExtractions = 16;

    private readonly ConcurrentDictionary<string, ConcurrentBag<FeatureSetExtractor>> _idle = new();

    public FeatureSummary Extract(Extraction extraction, AudioSource audio, Action<ReadOnlySpan<float>> patch)
    {
        if (_idle.Count > MaxExtractions)
            _idle.Clear();
        var idle = _idle.GetOrAdd(extraction.Hash, _ => []);
        var extractor = idle.TryTake(out var lent) ? lent : new FeatureSetExtractor(extraction);
        try
        {
            return extractor.Extract(audio, patch);
        }
        finally
        {
            idle.Add(extractor);
        }
    }
}
