namespace Platform.Dsp;

/// <summary>The patches of one recording under one extraction, with what is known of them without reading them.</summary>
/// <param name="Patches">[PatchCount, NMels, Frames], absolute dB, row-major.</param>
public sealed record FeatureSet(float[] Patches, FeatureSummary Summary)
{
    public int PatchCount => Summary.PatchCount;

    public int NMels => Summary.NMels;

    public int Frames => Summary.Frames;

    public LevelStatistics Levels => Summary.Levels;

    /// <summary>The object <c>features/…/{recording}.npy</c>: float32, so that a replay from the audio scores the same bit for bit.</summary>
    public NpyArray ToArray() => NpyArray.Of(Patches, PatchCount, NMels, Frames);
}

/// <summary>What datasets, detectors and people need to know of a recording's patches without reading them.</summary>
/// <param name="Frames">Frames that a window has by itself; nothing is padded here.</param>
/// <param name="Levels">What a view needs to find its lowest and highest level.</param>
/// <param name="Rms">Root mean square of the whole recording as the patches saw it (one channel, the spec's rate), full scale = 1.</param>
/// <param name="SpectralCentroid">Mean over the frames of the whole recording, in Hz.</param>
/// <param name="BandMean">Mean level per mel band over all frames of all patches, absolute dB.</param>
/// <param name="BandVariance">Population variance per mel band over the same, dB².</param>
/// <param name="Audio">What was measured on the recording as it was decoded.</param>
public sealed record FeatureSummary(
    int PatchCount,
    int NMels,
    int Frames,
    LevelStatistics Levels,
    double Rms,
    double SpectralCentroid,
    double[] BandMean,
    double[] BandVariance,
    AudioSummary Audio);
