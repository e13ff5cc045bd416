namespace Platform.Dsp;

/// <summary>
/// The one way from stored patches to what a model is shown; datasets and scoring both go through it. Immutable, so threads may share it.
/// </summary>
/// <remarks>
/// Input [NMels, own frames] in absolute dB, output [NMels, Frames], both row-major. Reference: librosa's
/// <c>power_to_db(ref=np.max)</c> for <c>window_max</c>, <c>power_to_db(ref=1, top_db=None)</c> for <c>absolute</c>.
/// </remarks>
public sealed class PatchView
{
    private readonly bool _windowMax;
    private readonly float _powerFloor;
    private readonly float _floor;
    private readonly float _pad;
    private readonly int _ownFrames;

    public PatchView(FeatureSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        _windowMax = spec.View.Reference == View.WindowMaxReference;
        _powerFloor = (float)(10 * Math.Log10(spec.View.Amin));
        _floor = (float)spec.View.FloorDb;
        _pad = (float)spec.View.PadDb;
        _ownFrames = spec.Extraction.OwnFrames;
        (NMels, Frames) = (spec.Extraction.NMels, spec.Frames);
    }

    public int NMels { get; }

    public int Frames { get; }

    /// <summary>Values of one stored patch.</summary>
    public int StoredLength => NMels * _ownFrames;

    /// <summary>Values of one patch as a model sees it.</summary>
    public int PatchLength => NMels * Frames;

    /// <summary>Levels of one patch in dB under the view.</summary>
    public void Levels(ReadOnlySpan<float> stored, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(stored.Length, StoredLength);
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, PatchLength);

        // 1. what 0 dB is
        var reference = _windowMax ? Math.Max(Loudest(stored), _powerFloor) : 0f;

        // 2. levels against it, cropped or padded on the right
        var copied = Math.Min(_ownFrames, Frames);
        for (var mel = 0; mel < NMels; mel++)
        {
            var from = stored.Slice(mel * _ownFrames, copied);
            var to = destination.Slice(mel * Frames, Frames);
            for (var frame = 0; frame < from.Length; frame++)
                to[frame] = Math.Max(Math.Max(from[frame], _powerFloor) - reference, _floor);
            to[copied..].Fill(_pad);
        }
    }

    /// <summary>One patch, normalised: what a model is shown.</summary>
    public void Apply(ReadOnlySpan<float> stored, Scale scale, Span<float> destination)
    {
        Levels(stored, destination);
        scale.Normalise(destination);
    }

    /// <summary>All patches of a feature set, normalised: [patchCount, NMels, Frames].</summary>
    public float[] ApplyAll(ReadOnlySpan<float> stored, int patchCount, Scale scale)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(stored.Length, patchCount * StoredLength);
        var patches = new float[patchCount * PatchLength];
        for (var i = 0; i < patchCount; i++)
            Apply(stored.Slice(i * StoredLength, StoredLength), scale, patches.AsSpan(i * PatchLength, PatchLength));
        return patches;
    }

    private static float Loudest(ReadOnlySpan<float> levels)
    {
        var loudest = float.NegativeInfinity;
        foreach (var level in levels)
            loudest = Math.Max(loudest, level);
        return loudest;
    }
}
