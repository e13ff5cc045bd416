using Platform.Dsp;

namespace Platform.Predictor.Explanations.Drawing;

/// <summary>A picture in the making: areas, smooth lines and text, in the colours of <see cref="Colours"/>. What lies outside is cut off.</summary>
internal sealed class Canvas
{
    private readonly byte[] _pixels;

    internal Canvas(int width, int height)
    {
        (Width, Height) = (width, height);
        _pixels = new byte[width * height];
        Array.Fill(_pixels, Colours.Paper);
    }

    internal int Width { get; }

    internal int Height { get; }

    internal byte At(int x, int y) => _pixels[y * Width + x];

    internal byte[] ToPng() => PngFile.Write(_pixels, Width, Height, Colours.Palette);

    internal void Fill(Box box, byte colour)
    {
        for (var y = Math.Max(0, box.Top); y < Math.Min(Height, box.Bottom); y++)
            for (var x = Math.Max(0, box.Left); x < Math.Min(Width, box.Right); x++)
                _pixels[y * Width + x] = colour;
    }

    /// <summary>One pixel wide, around the box.</summary>
    internal void Frame(Box box, byte colour)
    {
        Fill(new(box.Left - 1, box.Top - 1, box.Width + 2, 1), colour);
        Fill(new(box.Left - 1, box.Bottom, box.Width + 2, 1), colour);
        Fill(new(box.Left - 1, box.Top, 1, box.Height), colour);
        Fill(new(box.Right, box.Top, 1, box.Height), colour);
    }

    /// <summary>A map of exactly the box' size, [height, width] of 0 to 255, in the colours of a ramp.</summary>
    internal void Draw(Box box, ReadOnlySpan<byte> map, Ramp ramp)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(map.Length, box.Width * box.Height);
        for (var y = 0; y < box.Height; y++)
            for (var x = 0; x < box.Width; x++)
                _pixels[(box.Top + y) * Width + box.Left + x] = ramp.At(map[y * box.Width + x] / 255.0);
    }

    /// <param name="x">Where the text begins, ends or has its middle, as <paramref name="align"/> says.</param>
    /// <param name="baseline">Where capitals stand.</param>
    /// <param name="capHeight">Of a capital, in pixels.</param>
    /// <returns>Where the next text would begin.</returns>
    internal double Write(string text, double x, double baseline, double capHeight, Ramp colour, Align align = Align.Left)
    {
        var unit = capHeight / Glyphs.CapHeight;
        x -= align switch { Align.Right => WidthOf(text, capHeight), Align.Centre => WidthOf(text, capHeight) / 2, _ => 0 };
        foreach (var letter in text)
        {
            var glyph = Glyphs.Of(letter);
            foreach (var stroke in glyph.Strokes)
                for (var i = 1; i < stroke.Length; i++)
                    Line(Place(stroke[i - 1]), Place(stroke[i]), PenOf(capHeight), colour);
            x += glyph.Advance * unit;
        }

        return x;

        (double X, double Y) Place((int X, int Y) point) => (x + point.X * unit, baseline + (point.Y - Glyphs.CapHeight) * unit);
    }

    internal static double WidthOf(string text, double capHeight) => text.Sum(letter => Glyphs.Of(letter).Advance) * capHeight / Glyphs.CapHeight;

    /// <summary>Smooth, with round ends. Pixels are at whole coordinates.</summary>
    internal void Line((double X, double Y) from, (double X, double Y) to, double pen, Ramp colour)
    {
        var reach = pen / 2 + 1;
        var (left, right) = ((int)Math.Floor(Math.Min(from.X, to.X) - reach), (int)Math.Ceiling(Math.Max(from.X, to.X) + reach));
        var (top, bottom) = ((int)Math.Floor(Math.Min(from.Y, to.Y) - reach), (int)Math.Ceiling(Math.Max(from.Y, to.Y) + reach));
        for (var y = Math.Max(0, top); y <= Math.Min(Height - 1, bottom); y++)
        {
            for (var x = Math.Max(0, left); x <= Math.Min(Width - 1, right); x++)
            {
                var covered = pen / 2 + 0.5 - Distance((x, y), from, to);
                if (covered > 0)
                    Blend(ref _pixels[y * Width + x], colour, covered);
            }
        }
    }

    // Strokes of one letter meet: where two of them cover a pixel in part, the greater part counts.
    private static void Blend(ref byte pixel, Ramp colour, double covered)
    {
        var wanted = colour.At(covered);
        if (!colour.Holds(pixel) || wanted > pixel)
            pixel = wanted;
    }

    private static double PenOf(double capHeight) => 0.5 + capHeight / 11;

    private static double Distance((double X, double Y) point, (double X, double Y) from, (double X, double Y) to)
    {
        var (dx, dy) = (to.X - from.X, to.Y - from.Y);
        var length = dx * dx + dy * dy;
        var share = length == 0 ? 0 : Math.Clamp(((point.X - from.X) * dx + (point.Y - from.Y) * dy) / length, 0, 1);
        return Math.Sqrt(Square(point.X - from.X - share * dx) + Square(point.Y - from.Y - share * dy));
    }

    private static double Square(double value) => value * value;
}

/// <summary>Where text stands relative to its place.</summary>
internal enum Align
{
    Left,
    Centre,
    Right,
}

/// <summary>A rectangle of pixels; right and bottom are the first beyond it.</summary>
internal readonly record struct Box(int Left, int Top, int Width, int Height)
{
    internal int Right => Left + Width;

    internal int Bottom => Top + Height;
}
