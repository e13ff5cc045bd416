using Platform.Predictor.Explanations.Drawing;

namespace Platform.Predictor.Explanations;

/// <summary>Where everything stands in a heat map of a given width; time runs through all panels alike.</summary>
internal sealed record HeatMapLayout(int Width, double Seconds)
{
    internal const int DefaultWidth = 1_200;
    internal const int LeastWidth = 640;
    internal const int MostWidth = 4_000;

    internal const double Small = 7;
    internal const double Medium = 8.5;
    internal const double Large = 13;

    internal const int LeftMargin = 66;
    private const int RightMargin = 182;
    private const int PanelHeight = 224;
    private const int ProfileWidth = 92;

    internal const int Height = 860;

    private int PlotWidth => Width - LeftMargin - RightMargin;

    internal Box Spectrogram => new(LeftMargin, 154, PlotWidth, PanelHeight);

    internal Box Errors => new(LeftMargin, 434, PlotWidth, PanelHeight);

    /// <summary>Error per band, beside the map and along its axis.</summary>
    internal Box Profile => new(Errors.Right + 14, Errors.Top, ProfileWidth, PanelHeight);

    /// <summary>Level per band against the usual one, beside the spectrogram.</summary>
    internal Box Shift => new(Spectrogram.Right + 14, Spectrogram.Top, ProfileWidth, PanelHeight);

    /// <summary>Error of each patch against the threshold of the reconstruction.</summary>
    internal Box Patches => new(LeftMargin, 712, PlotWidth, 92);

    internal Box SpectrogramBar => new(Profile.Right + 16, Spectrogram.Top, 12, PanelHeight);

    internal Box ErrorBar => new(Profile.Right + 16, Errors.Top, 12, PanelHeight);

    internal double XOf(double seconds) => LeftMargin + seconds / Seconds * PlotWidth;
}
