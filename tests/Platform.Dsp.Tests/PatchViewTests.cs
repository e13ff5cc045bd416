namespace Platform.Dsp.Tests;

public sealed class PatchViewTests
{
    private static readonly Extraction TwoFrames = new() { WinSeconds = 0.064, HopSeconds = 0.064, NFft = 1024, HopLength = 1024, NMels = 2 };

    [Fact]
    public void Absolute_levels_keep_how_loud_it_was_and_stop_at_the_floor()
    {
        var view = new View { Amin = 1e-6, Frames = 3 };

        Assert.Equal([-20f, -60f, -60f, -40f, -50f, -60f], Levels(view, -20, -90, -40, -50));
    }

    [Fact]
    public void Window_max_puts_the_loudest_cell_at_zero()
    {
        var view = new View { Reference = View.WindowMaxReference, TopDb = 30, Frames = 3 };

        Assert.Equal([0f, -30f, -30f, -20f, -30f, -30f], Levels(view, -20, -90, -40, -50));
    }

    [Fact]
    public void Missing_frames_get_the_pad_level_and_extra_ones_are_cut()
    {
        Assert.Equal([-20f, -90f, -7f, -40f, -50f, -7f], Levels(new View { Pad = -7, Frames = 3 }, -20, -90, -40, -50));
        Assert.Equal([-20f, -40f], Levels(new View { Frames = 1 }, -20, -90, -40, -50));
    }

    [Fact]
    public void Silence_has_no_loudest_cell_to_be_raised_to()
    {
        Assert.Equal([0f, 0f, 0f, 0f], Levels(new View { Reference = View.WindowMaxReference, Frames = 2 }, -100, -100, -100, -100));
    }

    [Fact]
    public void Normalised_levels_run_from_zero_to_just_below_one()
    {
        float[] levels = [-100, -60, -20];

        new Scale(-100, -20).Normalise(levels);

        Assert.Equal(0f, levels[0]);
        Assert.Equal(0.5f, levels[1], 1e-6f);
        Assert.InRange(levels[2], 0.999999f, 1f);
    }

    [Fact]
    public void A_scale_without_extent_divides_by_no_zero()
    {
        float[] levels = [-100, -100];

        new Scale(-100, -100).Normalise(levels);

        Assert.Equal([0f, 0f], levels);
    }

    private static float[] Levels(View view, params float[] stored)
    {
        var patchView = new PatchView(new FeatureSpec(null, TwoFrames, view));
        var levels = new float[patchView.PatchLength];
        patchView.Levels(stored, levels);
        return levels;
    }
}
