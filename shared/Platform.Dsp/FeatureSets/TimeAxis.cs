namespace Platform.Dsp;

/// <summary>
/// Where the windows of a recording lie on one axis of frames. Of overlapping windows each frame is taken from the one in which it is
/// farther from the edge, because frames at a window's edge have heard half silence; the recording's own ends are all that is left of that.
/// </summary>
/// <remarks>
/// A window starts at the nearest whole frame: where the hop is no multiple of hop_length, a frame may stand half a hop_length off, but the
/// error does not grow. Windows that do not touch leave a gap of the time that nobody extracted.
/// </remarks>
public sealed class TimeAxis(Extraction extraction, int patches)
{
    private readonly int _own = extraction.OwnFrames;
    private readonly double _hop = (double)extraction.HopSamples / extraction.HopLength;

    /// <summary>Frames from the start of the first window to the end of the last one.</summary>
    public long Frames => Start(patches - 1) + _own;

    public long Start(int patch) => (long)Math.Round(patch * _hop, MidpointRounding.AwayFromZero);

    /// <summary>The frames of the axis that this window shows, from the first one up to, but not including, the second.</summary>
    public (long From, long To) Shown(int patch) => (
        patch == 0 ? 0 : Math.Max(Start(patch), Seam(patch - 1)),
        patch == patches - 1 ? Frames : Math.Min(Start(patch) + _own, Seam(patch)));

    /// <summary>The middle of the overlap, or of the gap, between this window and the next one.</summary>
    private long Seam(int patch) => (Start(patch) + _own + Start(patch + 1)) / 2;
}
