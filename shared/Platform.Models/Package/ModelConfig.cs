using System.Text.RegularExpressions;
using Platform.Dsp;

namespace Platform.Models;

/// <summary>What a model is: for whom, which network, what it must be shown, which detectors it has. <c>config.json</c>.</summary>
/// <param name="Mode">device | machine_type | site | global.</param>
/// <param name="Aggregation">pooled | balanced; null for mode device.</param>
/// <param name="FeatureSpec">Extraction and view; patches made under another one are refused.</param>
/// <param name="Devices">Codes, sorted; each has a scale, and a threshold where there was enough data.</param>
public sealed record ModelConfig(
    string ModelId,
    string Mode,
    string Scope,
    string? Aggregation,
    Architecture Architecture,
    FeatureSpec FeatureSpec,
    IReadOnlyList<DetectorConfig> Detectors,
    IReadOnlyList<string> Devices)
{
    /// <summary>Version of the package's layout and of what its numbers mean.</summary>
    public const int Format = 1;

    /// <exception cref="InvalidDataException">A value is not allowed; the message names it.</exception>
    internal void Validate()
    {
        string[] problems =
        [
            .. Architecture.Problems(),
            .. FeatureSpec.Problems(),
            .. Detectors.SelectMany(detector => detector.Problems()),
            .. Devices.Where(device => !DeviceCode.IsValid(device)).Select(device => $"device code '{device}' is not allowed."),
        ];
        if (problems.Length > 0)
            throw new InvalidDataException($"{PackageFiles.Config}: {string.Join(' ', problems)}");
        if (Devices.Count == 0 || Devices.Distinct(StringComparer.Ordinal).Count() != Devices.Count)
            throw new InvalidDataException($"{PackageFiles.Config}: devices are [{string.Join(", ", Devices)}], at least one is needed and none twice.");
        if (Detectors.Count(detector => detector.Name == DetectorConfig.Reconstruction) != 1
            || Detectors.DistinctBy(detector => detector.Name).Count() != Detectors.Count)
        {
            throw new InvalidDataException(
                $"{PackageFiles.Config}: detectors are [{string.Join(", ", Detectors.Select(detector => detector.Name))}], " +
                $"'{DetectorConfig.Reconstruction}' is needed and none twice.");
        }
    }
}

/// <summary>One way to turn a recording into an anomaly score.</summary>
/// <param name="Alarming">Whether exceeding its threshold makes a recording anomalous.</param>
/// <param name="Rule">How <see cref="DetectorFit.Threshold"/> was derived: one of <see cref="DetectorFit.Rules"/>, or <see cref="DetectorFit.AsGiven"/>.</param>
/// <param name="ThresholdFrom">Whose scores it was derived from; packages from before there was a choice do not say.</param>
public sealed record DetectorConfig(string Name, bool Alarming, string Rule, string ThresholdFrom = DetectorConfig.FromValidation)
{
    /// <summary>Recordings that the detector was not fitted on.</summary>
    public const string FromValidation = "validation";

    /// <summary>Recordings that it was fitted on.</summary>
    public const string FromTraining = "training";

    /// <summary>Nobody here knows: the model was trained elsewhere.</summary>
    public const string FromElsewhere = "elsewhere";

    /// <summary>Score of a recording: mean over its patches of the autoencoder's mean squared error.</summary>
    public const string Reconstruction = "reconstruction";

    /// <summary>Score: distance of the recording's logarithmic per-band reconstruction errors from the usual ones.</summary>
    public const string Bands = "bands";

    /// <summary>Score: distance of the recording's mean level per band, in absolute dB, from the usual ones.</summary>
    public const string Profile = "profile";

    /// <summary>Score: as <see cref="Profile"/>, from the nearest recording of the training instead of their centre.</summary>
    public const string Neighbour = "neighbour";

    /// <summary>Score: distance of the recording's most unusual <see cref="Platform.Models.Bursts">burst</see>.</summary>
    public const string Transient = "transient";

    /// <summary>Score: as <see cref="Neighbour"/>, of what each band never falls below: its level in the <see cref="QuietestWindow">quietest window</see>.</summary>
    public const string Sustained = "sustained";

    /// <summary>In the order of a package.</summary>
    public static IReadOnlyList<string> All { get; } = [Reconstruction, Bands, Profile, Neighbour, Transient, Sustained];

    /// <summary>Detectors that alarm unless a run says otherwise.</summary>
    public static IReadOnlyList<string> AlarmingByDefault { get; } = [Bands, Transient, Sustained];

    /// <summary>
    /// How many times the usual score a recording may have in any case: what drift and other noise in the hall make of a machine that
    /// has nothing. Measured in docs/detection.md. Scores are squared distances, so their square roots are what deviations are multiplied by.
    /// </summary>
    public static double MarginOf(string detector) => detector switch
    {
        Reconstruction => 2.8,
        Bands => 8.5,
        Profile or Neighbour => 20,
        Transient => 2.1,
        Sustained => 2, // only machines that do not drift have it, and what they vary is known
        _ => throw new ArgumentException($"There is no detector '{detector}'; there are {string.Join(", ", All)}.", nameof(detector)),
    };

    internal IEnumerable<string> Problems()
    {
        if (!All.Contains(Name))
            yield return $"detector '{Name}' is not known to this version, known are: {string.Join(", ", All)}.";
        if (!DetectorFit.Rules.Contains(Rule) && Rule != DetectorFit.AsGiven)
            yield return $"threshold rule '{Rule}' of detector '{Name}' is not known to this version, known are: {string.Join(", ", DetectorFit.Rules)}, {DetectorFit.AsGiven}.";
        if (ThresholdFrom is not (FromValidation or FromTraining or FromElsewhere))
            yield return $"threshold_from '{ThresholdFrom}' of detector '{Name}' is not known to this version, known are: {FromValidation}, {FromTraining}, {FromElsewhere}.";
    }
}

/// <summary>Device codes become names of files, so nothing else is taken for one.</summary>
internal static partial class DeviceCode
{
    internal static bool IsValid(string code) => Pattern().IsMatch(code);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9.-]{0,63}\z")]
    private static partial Regex Pattern();
}
