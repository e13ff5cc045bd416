using Platform.Dsp;

namespace Platform.Predictor.Scoring;

/// <summary>Patches from posted audio, by the same code that features uses. Thread-safe.</summary>
internal sealed class AudioExtraction
{
    private readonly ExtractorPool _extractors = new();

    /// <exception cref="AudioFormatException">Not audio, or not audio for this extraction.</exception>
    internal StoredPatches Extract(Stream audio, Extraction extraction)
    {
        var features = _extractors.Extract(extraction, AudioDecoder.Open(audio));
        return new(features.Patches, features.PatchCount);
    }
}
