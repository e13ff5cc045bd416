using Platform.Dsp;
using Platform.Features.Spectrograms;
using Platform.Testing;

namespace Platform.Features.Tests.Spectrograms;

public sealed class SpectrogramPictureTests
{
    private const float Silence = -100;

    [Fact]
    public void A_written_picture_reads_back()
    {
        var random = new Random(1);
        var pixels = new byte[37 * 11];
        random.NextBytes(pixels);

        var picture = DecodedPng.Read(PngFile.Write(pixels, 37, 11, Viridis.Palette));

        Assert.Equal((37, 11), (picture.Width, picture.Height));
        Assert.Equal(pixels, picture.Pixels);
        Assert.Equal(Viridis.Palette, picture.Palette);
    }

    [Theory]
    [InlineData(0, 0x44, 0x01, 0x54)] // the map's published ends and middle
    [InlineData(128, 0x21, 0x91, 0x8C)]
    [InlineData(255, 0xFD, 0xE7, 0x25)]
    public void Viridis_is_within_one_level_of_the_published_colours(int index, int red, int green, int blue)
    {
        var colour = Viridis.Palette.AsSpan(index * 3, 3);

        Assert.InRange(colour[0], red - 1, red + 1);
        Assert.InRange(colour[1], green - 1, green + 1);
        Assert.InRange(colour[2], blue - 1, blue + 1);
    }

    [Fact]
    public void Viridis_grows_lighter_with_every_step()
    {
        // Rec. 709 luma, smoothed over 8 steps: single ones are rounded.
        var luma = Viridis.Palette.Chunk(3).Select(c => 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]).ToList();

        Assert.All(Enumerable.Range(0, 248), i => Assert.True(luma[i + 8] > luma[i], $"{i}"));
    }

    [Theory]
    [InlineData(8.0, 4.0, 512)] // the default: half overlaps
    [InlineData(2.0, 1.0, 256)] // 62.5 frames from window to window
    [InlineData(1.0, 1.0, 256)] // windows that touch
    [InlineData(1.0, 3.0, 256)] // windows far apart
    [InlineData(8.0, 0.5, 512)] // 15 of 16 overlap
    public void The_windows_cover_the_axis_once_each_with_frames_that_it_has(double window, double hop, int hopLength)
    {
        var extraction = new Extraction { WinSeconds = window, HopSeconds = hop, HopLength = hopLength };
        const int patches = 50;
        var axis = new TimeAxis(extraction, patches);

        long at = 0;
        for (var patch = 0; patch < patches; patch++)
        {
            var (from, to) = axis.Shown(patch);
            Assert.True(from < to);
            Assert.True(hop > window ? from >= at : from == at, $"patch {patch} begins at {from}, the one before ends at {at}");
            Assert.InRange(from, axis.Start(patch), to);
            Assert.True(to <= axis.Start(patch) + extraction.OwnFrames);
            Assert.InRange(axis.Start(patch) - patch * hop * 16_000 / hopLength, -0.5, 0.5);
            at = to;
        }

        Assert.Equal(axis.Frames, at);
    }

    [Fact]
    public void Of_overlapping_windows_no_edge_is_shown_but_the_recordings_own()
    {
        var axis = new TimeAxis(new Extraction(), patches: 3); // 251 frames, a window every 125

        Assert.Equal((0, 188), axis.Shown(0));
        Assert.Equal((188, 313), axis.Shown(1)); // its frames 63 to 187
        Assert.Equal((313, 501), axis.Shown(2));
    }

    [Fact]
    public void Low_is_at_the_bottom_early_is_on_the_left_and_pixels_are_repeated()
    {
        var picture = new HeatMap(bands: 2, frames: 3, width: 6, height: 4);
        picture.Add([0, -50, -100, -100, -100, -25], firstFrame: 0, count: 3, place: 0); // low band, then high band

        Assert.Equal(
            [
                0, 0, 0, 0, 191, 191,
                0, 0, 0, 0, 191, 191,
                255, 255, 128, 128, 0, 0,
                255, 255, 128, 128, 0, 0,
            ],
            picture.Pixels(-100, 0));
    }

    [Fact]
    public void One_loud_frame_among_a_thousand_is_seen_in_a_narrow_picture()
    {
        var picture = new HeatMap(bands: 4, frames: 10_000, width: 10, height: 2);
        var patch = new float[4 * 10_000];
        Array.Fill(patch, Silence);
        patch[2 * 10_000 + 4_321] = 0;

        picture.Add(patch, 0, 10_000, 0);

        Assert.Equal([0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], picture.Pixels(Silence, 0));
    }

    [Theory]
    [InlineData(64, 251, 502, 256)] // one window of the default spec
    [InlineData(128, 112_501, 2_000, 256)] // an hour
    [InlineData(64, 32, 256, 256)]
    [InlineData(512, 1_000, 1_000, 512)]
    public void A_picture_is_readable_and_never_huge(int bands, long frames, int width, int height) =>
        Assert.Equal((width, height), new SpectrogramOptions(null, null, null, null, null).SizeFor(bands, frames));

    [Theory]
    [InlineData(null, null, -100, -10, -90, -10)]
    [InlineData(null, null, -60, -10, -60, -10)]
    [InlineData(null, null, -100, -100, -100, -99)] // digital silence is dark
    [InlineData(-70.0, null, -100, -10, -70, -10)]
    [InlineData(-5.0, null, -100, -10, -5, -4)]
    [InlineData(null, 0.0, -100, -10, -80, 0)]
    [InlineData(null, -120.0, -100, -10, -200, -120)]
    public void The_range_is_80_dB_unless_said_otherwise(double? min, double? max, double lowest, double highest, double from, double to) =>
        Assert.Equal((from, to), new SpectrogramOptions(null, null, null, min, max).RangeFor(lowest, highest));
}
