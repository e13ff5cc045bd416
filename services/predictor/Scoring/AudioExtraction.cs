using System.Collections.Concurrent;
using Platform.Dsp;

namespace Platform.Predictor.Scoring;

/// <summary>Patches from posted audio, by the same code that features uses. Thread-safe.</summary>
internal sealed class AudioExtraction
{
    private const int MaxExtractions = 16;

    // An extractor owns scratch and tables, so each computation borrows one; there are never more than compute slots per extraction.
    private readonly ConcurrentDictionary<Extraction, ConcurrentBag<FeatureSetExtractor>> _idle = new();

    /// <exception cref="AudioFormatException">Not audio, or not audio for this extraction.</exception>
    internal StoredPatches Extract(Stream audio, Extraction extraction)
    {
        if (_idle.Count > MaxExtractions)
            _idle.Clear(); // building one anew takes milliseconds
        var idle = _idle.GetOrAdd(extraction, _ => []);
        var extractor = idle.TryTake(out var one) ? one : new FeatureSetExtractor(extraction);
        try
        {
            var features = extractor.Extract(AudioDecoder.Open(audio));
            return new(features.Patches, features.PatchCount);
        }
        finally
        {
            idle.Add(extractor);
        }
    }
}
