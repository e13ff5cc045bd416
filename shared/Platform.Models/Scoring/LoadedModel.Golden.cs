using System.Globalization;

namespace Platform.Models;

// What a package says of itself, and whether this machine agrees.
public sealed partial class LoadedModel
{
    /// <summary>The package with what its detectors give the golden patches on this machine, for <see cref="VerifyGolden"/> on others.</summary>
    public static ModelPackage WithGoldenDetectors(ModelPackage package)
    {
        using var model = Load(package);
        return package with { Golden = package.Golden with { Detectors = GoldenDetectors.Of(package, model._detectors, model.BandErrors(package.Golden.Patches)) } };
    }

    /// <summary>Scores the package's golden patches again, by the network and by the detectors.</summary>
    /// <param name="tolerance">Largest difference relative to the golden error or score; other kernels of libtorch round differently.</param>
    /// <exception cref="InvalidDataException">This machine computes something else than the one that trained the model.</exception>
    public void VerifyGolden(double tolerance) => _ = VerifyGoldenInSteps(tolerance, ReconstructionErrors.BatchSize).Count();

    /// <summary>As <see cref="VerifyGolden"/>, a few patches with each step of the enumeration; true comes with the last.</summary>
    /// <exception cref="InvalidDataException">As <see cref="VerifyGolden"/>, with some step.</exception>
    public IEnumerable<bool> VerifyGoldenInSteps(double tolerance, int patchesPerStep)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(patchesPerStep);
        return Steps();

        IEnumerable<bool> Steps()
        {
            foreach (var errors in BandErrorsInSteps(Package.Golden.Errors.Count, patchesPerStep, Golden))
            {
                if (errors is not null)
                    Compare(errors, tolerance);
                yield return errors is not null;
            }
        }

        float[] Golden(int from, int count) => Package.Golden.Patches[(from * _view.PatchLength)..((from + count) * _view.PatchLength)];
    }

    private void Compare(BandErrors here, double tolerance)
    {
        for (var i = 0; i < here.Patches.Length; i++)
        {
            var (error, expected) = (here.Patches[i], Package.Golden.Errors[i]);
            if (!(Math.Abs(error - expected) <= tolerance * Math.Max(expected, float.Epsilon)))
            {
                throw new InvalidDataException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{PackageFiles.Golden}: patch {i} has the error {error:g9} here, {expected:g9} where it was trained; {tolerance:g3} relative is allowed."));
            }
        }

        if (Package.Golden.Detectors.Count > 0)
            GoldenDetectors.Verify(Package.Golden.Detectors, GoldenDetectors.Of(Package, _detectors, here), tolerance);
    }
}
