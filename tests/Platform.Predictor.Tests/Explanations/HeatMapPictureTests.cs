using Platform.Predictor.Explanations;
using Platform.Predictor.Explanations.Drawing;
using Platform.Testing;

namespace Platform.Predictor.Tests.Explanations;

/// <summary>That the picture shows what it says, where it says it.</summary>
public sealed class HeatMapPictureTests
{
    [Fact]
    public void A_burst_is_dark_in_its_bands_and_seconds_and_all_else_is_paper()
    {
        var map = DeviationReadingTests.Flat(0.001f);
        for (var band = 12; band <= 14; band++)
            for (var frame = 40; frame <= 43; frame++)
                map[band * DeviationReadingTests.Frames + frame] = 1f;
        var usual = Enumerable.Repeat(0.001, 32).ToArray();

        var picture = DecodedPng.Read(HeatMapPicture.Draw(DeviationReadingTests.Explained(map, usual)));

        var layout = new HeatMapLayout(HeatMapLayout.DefaultWidth, 64 * 0.032);
        Assert.Equal((HeatMapLayout.DefaultWidth, HeatMapLayout.Height), (picture.Width, picture.Height));
        Assert.Equal(Colours.Errors.At(1), At(41.5 / 63, 13.5)); // 1000 times the usual: beyond the scale of ten doublings is its end
        Assert.Equal(Colours.Errors.At(0), At(41.5 / 63, 25));
        Assert.Equal(Colours.Errors.At(0), At(20.5 / 63, 13.5));

        byte At(double share, double band) => picture.At(
            layout.Errors.Left + (int)(share * layout.Errors.Width), layout.Errors.Bottom - 1 - (int)(band / 32 * layout.Errors.Height));
    }

    [Fact]
    public void The_verdict_stands_in_red_or_green_and_the_loudest_band_is_brightest()
    {
        var explained = DeviationReadingTests.Explained(DeviationReadingTests.Flat(0.01f));
        var calm = explained with { About = explained.About with { Prediction = explained.About.Prediction with { Verdict = "normal" } } };

        var (alarmed, normal) = (DecodedPng.Read(HeatMapPicture.Draw(explained)), DecodedPng.Read(HeatMapPicture.Draw(calm)));

        Assert.Contains(alarmed.Pixels[..(40 * alarmed.Width)], Colours.Alarm.Holds);
        Assert.DoesNotContain(alarmed.Pixels[..(40 * alarmed.Width)], Colours.Calm.Holds);
        Assert.Contains(normal.Pixels[..(40 * normal.Width)], Colours.Calm.Holds);
        // The hum of 120 Hz: 32 Slaney bands up to 4 kHz lie about 1.1 mel apart, 120 Hz is 1.8 mel.
        var box = new HeatMapLayout(HeatMapLayout.DefaultWidth, 1).Spectrogram;
        var brightest = Enumerable.Range(box.Top, box.Height).MaxBy(y => alarmed.At(box.Left + box.Width / 2, y));
        Assert.InRange((box.Bottom - 1 - brightest) * 32 / box.Height, 0, 2);
    }

    [Fact]
    public void Beside_the_spectrogram_a_louder_band_has_its_bar_on_the_right_and_a_quieter_one_on_the_left()
    {
        var shift = new double[32];
        (shift[4], shift[20]) = (12, -6);

        var picture = DecodedPng.Read(HeatMapPicture.Draw(DeviationReadingTests.Explained(DeviationReadingTests.Flat(0.01f), levelShift: shift)));

        var box = new HeatMapLayout(HeatMapLayout.DefaultWidth, 1).Shift;
        Assert.Equal((0, 42), Bars(4)); // half of the box less its margin
        Assert.Equal((21, 0), Bars(20));
        Assert.Equal((0, 0), Bars(10));

        (int Left, int Right) Bars(int band)
        {
            var y = box.Bottom - 1 - (int)((band + 0.5) / 32 * box.Height);
            return (Count(box.Left, box.Width / 2), Count(box.Left + box.Width / 2 + 1, box.Width / 2 - 1) is > 0 and var right ? right + 1 : 0);

            int Count(int from, int count) => Enumerable.Range(from, count).Count(x => picture.At(x, y) != Colours.Paper);
        }
    }

    [Theory]
    [InlineData(HeatMapLayout.LeastWidth)]
    [InlineData(HeatMapLayout.MostWidth)]
    public void The_picture_has_the_width_that_was_asked_for(int width) =>
        Assert.Equal(width, DecodedPng.Read(HeatMapPicture.Draw(DeviationReadingTests.Explained(DeviationReadingTests.Flat(0.01f)), width)).Width);
}
