using Platform.Predictor.Explanations.Drawing;
using Platform.Testing;

namespace Platform.Predictor.Tests.Explanations;

/// <summary>What pictures are drawn with.</summary>
public sealed class DrawingTests
{
    [Fact]
    public void Every_letter_that_codes_and_figures_are_written_with_is_known_and_looks_like_no_other()
    {
        const string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;-+/_()[]<>=%×≤≥²·–…";
        var drawn = letters.ToDictionary(letter => letter, letter => Drawn(letter.ToString()));

        var missing = Drawn("\u4e16");
        Assert.All(drawn, pair => Assert.False(pair.Value.SequenceEqual(missing), $"'{pair.Key}' is not known"));
        // A zero and the letter O are the same stroke in this hand, as on many drawings.
        Assert.Equal(letters.Length - 1, drawn.Values.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void A_letter_stands_on_its_baseline_and_is_as_high_as_was_asked_for()
    {
        var canvas = new Canvas(40, 40);

        canvas.Write("H", 10, 30, capHeight: 18, Colours.Ink);

        var inked = Enumerable.Range(0, 1_600).Where(i => canvas.At(i % 40, i / 40) != Colours.Paper).ToList();
        Assert.Equal((11, 31), (inked.Min(i => i / 40), inked.Max(i => i / 40))); // 12 to 30, and half a pen beyond
        Assert.Equal((9, 23), (inked.Min(i => i % 40), inked.Max(i => i % 40))); // two stems, 4 units of 3 pixels apart
        Assert.Equal(Colours.Ink.At(1), canvas.At(10, 20));
        Assert.Equal(Colours.Paper, canvas.At(16, 15));
    }

    [Theory]
    [InlineData("right")]
    [InlineData("centre")]
    public void Text_is_placed_by_its_end_or_its_middle(string align)
    {
        var (left, other) = (new Canvas(200, 30), new Canvas(200, 30));
        var width = Canvas.WidthOf("12.5 kHz", 9);

        var end = left.Write("12.5 kHz", 20, 20, 9, Colours.Ink);
        other.Write("12.5 kHz", align == "right" ? 20 + width : 20 + width / 2, 20, 9, Colours.Ink, align == "right" ? Align.Right : Align.Centre);

        Assert.Equal(20 + width, end, 1e-9);
        Assert.Equal(left.ToPng(), other.ToPng());
    }

    [Fact]
    public void What_lies_outside_is_cut_off()
    {
        var canvas = new Canvas(10, 10);

        canvas.Write("W", -3, 5, 30, Colours.Alarm);
        canvas.Fill(new(-5, -5, 8, 8), Colours.Ink.At(1));
        canvas.Line((-20, 20), (30, -5), 3, Colours.Ink);

        Assert.Equal(Colours.Ink.At(1), canvas.At(2, 2));
        var png = DecodedPng.Read(canvas.ToPng());
        Assert.Equal((10, 10), (png.Width, png.Height));
    }

    [Fact]
    public void The_colours_of_errors_grow_darker_and_begin_as_paper()
    {
        var palette = Colours.Palette.Chunk(3).Select(c => 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]).ToList();

        Assert.InRange(palette[Colours.Errors.At(0)], 245, 255);
        Assert.All(Enumerable.Range(1, 111), i => Assert.True(palette[Colours.Errors.First + i] < palette[Colours.Errors.First + i - 1], $"{i}"));
        Assert.Equal(256 * 3, Colours.Palette.Length);
        Ramp[] ramps = [Colours.Levels, Colours.Errors, Colours.Ink, Colours.Alarm, Colours.Calm];
        Assert.Equal(Enumerable.Range(0, 256), ramps.SelectMany(ramp => Enumerable.Range(ramp.First, ramp.Count)));
    }

    [Theory]
    [InlineData(0, 10, 12, new double[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })]
    [InlineData(0, 8.05, 6, new double[] { 0, 2, 4, 6, 8 })]
    [InlineData(-93.2, -13.2, 6, new double[] { -80, -60, -40, -20 })]
    [InlineData(0, 3_600, 12, new double[] { 0, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500 })]
    [InlineData(0, 0.0031, 4, new double[] { 0, 0.001, 0.002, 0.003 })]
    public void Ticks_are_round_and_few(double from, double to, int most, double[] expected)
    {
        var ticks = Ticks.Between(from, to, most);

        Assert.Equal(expected.Length, ticks.Count);
        Assert.All(ticks.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 1e-9));
    }

    [Fact]
    public void Frequencies_stand_where_their_band_is()
    {
        var extraction = new Platform.Dsp.Extraction();
        var edges = Platform.Dsp.MelBands.Edges(extraction);
        var along = Ticks.Along(edges).ToDictionary(tick => tick.Hertz, tick => tick.Band);

        // 64 Slaney bands up to 8 kHz lie 0.6958 mel apart; 1 kHz is 15 mel, and band 0 is strongest at one step.
        Assert.Equal(15 / 0.69582 - 1, along[1_000], 0.02);
        Assert.DoesNotContain(16_000, along.Keys);
        Assert.All(along, tick => Assert.InRange(tick.Value, 0, 63));
    }

    private static byte[] Drawn(string text)
    {
        var canvas = new Canvas(40, 40);
        canvas.Write(text, 10, 24, 14, Colours.Ink);
        return [.. Enumerable.Range(0, 1_600).Select(i => canvas.At(i % 40, i / 40))];
    }
}
