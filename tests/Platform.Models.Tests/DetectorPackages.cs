namespace Platform.Models.Tests;

internal static class DetectorPackages
{
    /// <summary>The tiny package with every detector, fitted on noise.</summary>
    internal static ModelPackage Create()
    {
        var (package, random) = (Packages.Create(), new Random(3));
        var gaussian = ShrunkGaussian.Fit(Samples(random, 40), 0.1);
        IReadOnlyList<double[]> references = [.. Samples(random, 6).Select(sample => gaussian.Whiten(sample))];
        return package with
        {
            Config = package.Config with
            {
                Detectors = [.. DetectorConfig.All.Select(name =>
                    new DetectorConfig(name, DetectorConfig.AlarmingByDefault.Contains(name), RuleOf(name)))],
            },
            Fits =
            [
                package.Fits[0],
                .. DetectorConfig.All.Skip(1).Select(name => DetectorFit.Fit(name, Packages.Device, [1, 1.5, 2], 3, RuleOf(name))! with
                {
                    Model = name switch
                    {
                        DetectorConfig.Neighbour or DetectorConfig.Sustained => new DetectorModel(gaussian, references),
                        DetectorConfig.Transient => new DetectorModel(gaussian with { Centre = new double[64] }),
                        _ => new DetectorModel(gaussian),
                    },
                }),
            ],
        };

        static string RuleOf(string detector) => detector == DetectorConfig.Sustained ? DetectorFit.MarginOrQuantile95 : DetectorFit.MedianTimesMargin;
    }

    /// <summary>Bands that follow their neighbours.</summary>
    internal static List<double[]> Samples(Random random, int count) =>
    [
        .. Enumerable.Range(0, count).Select(_ =>
        {
            var (sample, drift) = (new double[64], 0.0);
            for (var i = 0; i < sample.Length; i++)
                sample[i] = -40 - 0.2 * i + (drift = 0.8 * drift + random.NextDouble() - 0.5);
            return sample;
        }),
    ];
}
