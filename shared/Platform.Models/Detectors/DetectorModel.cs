using Platform.Dsp;

namespace Platform.Models;

/// <summary>What a detector has learnt about one device, beside its threshold.</summary>
/// <param name="References">Recordings it was fitted on, whitened: [references, d]; empty for detectors that compare with the centre only.</param>
public sealed record DetectorModel(ShrunkGaussian Gaussian, IReadOnlyList<double[]> References)
{
    private const string Centre = "centre";
    private const string Whitening = "whitening";
    private const string Neighbours = "references";

    public DetectorModel(ShrunkGaussian gaussian)
        : this(gaussian, [])
    {
    }

    /// <summary>Distance of a sample from what is usual: from the centre, or from the nearest reference where there are any.</summary>
    public double Score(ReadOnlySpan<double> sample)
    {
        if (References.Count == 0)
            return Gaussian.Distance(sample);
        var white = Gaussian.Whiten(sample);
        return References.Min(reference =>
        {
            var sum = 0.0;
            for (var i = 0; i < white.Length; i++)
                sum += (white[i] - reference[i]) * (white[i] - reference[i]);
            return sum / white.Length;
        });
    }

    internal IEnumerable<KeyValuePair<string, NpyArray>> ToArrays()
    {
        var d = Gaussian.Dimensions;
        yield return new(Centre, NpyArray.Of(Gaussian.Centre, d));
        yield return new(Whitening, NpyArray.Of(Gaussian.Whitening, d, d));
        if (References.Count > 0)
            yield return new(Neighbours, NpyArray.Of([.. References.SelectMany(reference => reference)], References.Count, d));
    }

    /// <param name="bands">Mel bands of the package's feature spec.</param>
    internal static DetectorModel FromArrays(string file, IReadOnlyDictionary<string, NpyArray> arrays, int bands)
    {
        var gaussian = new ShrunkGaussian(Values(Centre, [bands]), Values(Whitening, [bands, bands]));
        if (!arrays.TryGetValue(Neighbours, out var references))
            return new DetectorModel(gaussian);
        if (references.Shape is not [>= 1, _])
            throw new InvalidDataException($"{file}: '{Neighbours}' has shape ({string.Join(", ", references.Shape)}), at least one row of {bands} is needed.");
        return new DetectorModel(gaussian, [.. Values(Neighbours, [references.Shape[0], bands]).Chunk(bands)]);

        double[] Values(string name, int[] shape)
        {
            var array = PackageArrays.Member(file, arrays, name);
            if (!array.Shape.SequenceEqual(shape))
                throw new InvalidDataException($"{file}: '{name}' has shape ({string.Join(", ", array.Shape)}), the feature spec needs ({string.Join(", ", shape)}).");
            var values = array.ToDoubles();
            return values.All(double.IsFinite) ? values : throw new InvalidDataException($"{file}: '{name}' has a value that is not finite.");
        }
    }
}
