using System.Globalization;
using System.Text.Json.Serialization;

namespace Platform.Dsp;

/// <summary>How stored patches are shown to a model: which level is 0 dB, where the floor is, how many frames wide.</summary>
/// <remarks>Applied when a dataset is built and when a recording is scored, by <see cref="PatchView"/> in both cases.</remarks>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record View
{
    /// <summary>Full scale is 0 dB: keeps how loud a machine is.</summary>
    public const string AbsoluteReference = "absolute";

    /// <summary>The loudest cell of each window is 0 dB: forgets how loud a machine is.</summary>
    public const string WindowMaxReference = "window_max";

    /// <summary><c>absolute</c> or <c>window_max</c>.</summary>
    public string Reference { get; init; } = AbsoluteReference;

    /// <summary>Lowest power that is told apart, full scale = 1; applied to the cells and to the window's loudest one.</summary>
    public double Amin { get; init; } = 1e-10;

    /// <summary>Depth in dB below the window's loudest cell; used by <c>window_max</c> only.</summary>
    public double TopDb { get; init; } = 80;

    /// <summary>Frames of a patch; null means the window's own count rounded up to a multiple of 16.</summary>
    public int? Frames { get; init; }

    /// <summary>Level in dB of frames that a window does not have; null means the floor of the reference.</summary>
    public double? Pad { get; init; }

    /// <summary>Lowest level in dB that a cell can have under this view.</summary>
    [JsonIgnore] public double FloorDb => Reference == WindowMaxReference ? -TopDb : 10 * Math.Log10(Amin);

    [JsonIgnore] public double PadDb => Pad ?? FloorDb;

    /// <summary>Frames of a patch under this view.</summary>
    public int FramesFor(Extraction extraction)
    {
        ArgumentNullException.ThrowIfNull(extraction);
        return Frames ?? (extraction.OwnFrames + 15) / 16 * 16;
    }

    /// <summary>What is wrong with the values, one message per value; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (Reference is not (AbsoluteReference or WindowMaxReference))
            yield return $"reference is '{Reference}', allowed are 'absolute' and 'window_max'.";
        if (!(Amin >= 1e-10 && Amin <= 1e-2))
            yield return $"amin is {Text(Amin)}, allowed are 1e-10 (the floor of stored patches) to 0.01.";
        if (!(TopDb >= 10 && TopDb <= 100))
            yield return $"topDb is {Text(TopDb)}, allowed are 10 to 100 dB.";
        if (Frames is < 1 or > 65_536)
            yield return $"frames is {Frames}, allowed are 1 to 65536.";
        if (Pad is { } pad && !(pad >= FloorDb && pad <= 0))
            yield return $"pad is {Text(pad)}, allowed are levels from the floor ({Text(FloorDb)}) to 0 dB.";
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
