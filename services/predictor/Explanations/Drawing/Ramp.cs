using Platform.Dsp;

namespace Platform.Predictor.Explanations.Drawing;

/// <summary>Colours of the palette between two ends, one after the other.</summary>
internal readonly record struct Ramp(byte First, int Count)
{
    /// <param name="position">0 is the first colour, 1 the last one; beyond them it is cut off.</param>
    internal byte At(double position) => (byte)(First + (int)Math.Round(Math.Clamp(position, 0, 1) * (Count - 1)));

    internal bool Holds(byte colour) => colour >= First && colour < First + Count;
}

/// <summary>The 256 colours of a picture: two maps, one for levels and one for errors, and what text is drawn in.</summary>
internal static class Colours
{
    /// <summary>Viridis, as everywhere where levels are shown.</summary>
    internal static Ramp Levels { get; } = new(0, 112);

    /// <summary>From paper over yellow and red to dark purple: what is as usual stays empty, so the eye goes to what is not.</summary>
    internal static Ramp Errors { get; } = new(112, 112);

    /// <summary>Paper to ink.</summary>
    internal static Ramp Ink { get; } = new(224, 16);

    /// <summary>Paper to red, for what is anomalous.</summary>
    internal static Ramp Alarm { get; } = new(240, 8);

    /// <summary>Paper to green, for what is normal.</summary>
    internal static Ramp Calm { get; } = new(248, 8);

    internal static byte Paper => Ink.At(0);

    internal static byte[] Palette { get; } = Create();

    private static byte[] Create()
    {
        var palette = new byte[256 * 3];
        for (var i = 0; i < Levels.Count; i++)
            Viridis.Palette.AsSpan(255 * i / (Levels.Count - 1) * 3, 3).CopyTo(palette.AsSpan((Levels.First + i) * 3));
        Fill(palette, Errors, (250, 250, 246), (254, 217, 118), (246, 112, 50), (189, 15, 45), (66, 6, 48));
        Fill(palette, Ink, (255, 255, 255), (28, 32, 38));
        Fill(palette, Alarm, (255, 255, 255), (186, 16, 40));
        Fill(palette, Calm, (255, 255, 255), (18, 120, 72));
        return palette;
    }

    /// <summary>Straight lines from stop to stop, which stand evenly.</summary>
    private static void Fill(byte[] palette, Ramp ramp, params ReadOnlySpan<(double Red, double Green, double Blue)> stops)
    {
        for (var i = 0; i < ramp.Count; i++)
        {
            var position = i * (stops.Length - 1) / (double)(ramp.Count - 1);
            var below = Math.Min((int)position, stops.Length - 2);
            var (from, to, share) = (stops[below], stops[below + 1], position - below);
            var at = (ramp.First + i) * 3;
            palette[at] = (byte)Math.Round(from.Red + share * (to.Red - from.Red));
            palette[at + 1] = (byte)Math.Round(from.Green + share * (to.Green - from.Green));
            palette[at + 2] = (byte)Math.Round(from.Blue + share * (to.Blue - from.Blue));
        }
    }
}
