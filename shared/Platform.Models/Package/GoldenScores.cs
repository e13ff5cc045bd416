using Platform.Dsp;

namespace Platform.Models;

/// <summary>
/// A few normalised patches and the errors that the model gave them on the CPU in float32: whoever loads the package can
/// see that it computes the same. <c>golden.npz</c>.
/// </summary>
/// <param name="Patches"><c>[Errors.Count, n_mels, frames]</c>, normalised, row-major.</param>
public sealed record GoldenScores(float[] Patches, IReadOnlyList<double> Errors)
{
    /// <summary>
    /// Per device what each of its detectors gave the patches as one recording of that device: <c>golden_detectors.json</c>. Empty in packages from
    /// before there was that file.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Detectors { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, double>>();

    internal byte[] ToNpz(FeatureSpec spec) => NpzFile.Write(new Dictionary<string, NpyArray>
    {
        ["patches"] = NpyArray.Of(Patches, Errors.Count, spec.Extraction.NMels, spec.Frames),
        ["errors"] = NpyArray.Of([.. Errors], Errors.Count),
    });

    internal static GoldenScores FromNpz(FeatureSpec spec, byte[] npz)
    {
        const string file = PackageFiles.Golden;
        var arrays = PackageArrays.Archive(file, npz);
        var patches = PackageArrays.Member(file, arrays, "patches");
        var errors = PackageArrays.Member(file, arrays, "errors");
        if (errors.Shape is not [var count] || count < 1)
            throw new InvalidDataException($"{file}: 'errors' has shape ({string.Join(", ", errors.Shape)}), one number per patch is needed.");
        int[] expected = [count, spec.Extraction.NMels, spec.Frames];
        if (!patches.Shape.SequenceEqual(expected))
        {
            throw new InvalidDataException(
                $"{file}: 'patches' has shape ({string.Join(", ", patches.Shape)}), the feature spec needs ({string.Join(", ", expected)}).");
        }

        var golden = new GoldenScores(patches.ToSingles(), errors.ToDoubles());
        return golden.Errors.All(double.IsFinite) && golden.Patches.All(float.IsFinite)
            ? golden
            : throw new InvalidDataException($"{file}: a value is not finite.");
    }
}
