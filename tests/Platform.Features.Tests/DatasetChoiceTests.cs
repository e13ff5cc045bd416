using Platform.Contracts;
using Platform.Dsp;
using Platform.Features.Datasets;
using static Platform.Features.Tests.Sets;

namespace Platform.Features.Tests;

public sealed class DatasetChoiceTests
{
    private static readonly EligibleSet Verified = Set(9, "A", 1) with { Label = Labels.VerifiedNormal, Pending = false, Rms = 99, Day = "20200101" };

    [Fact]
    public void Full_takes_everything_or_the_days_from_the_first_to_the_last_one_named()
    {
        EligibleSet[] sets = [.. Enumerable.Range(1, 5).Select(day => Set(day, "A", 1) with { Day = $"2026010{day}", Pending = false })];

        Assert.Equal([1, 2, 3, 4, 5], Numbers(Choose(new(), sets)));
        var range = Choose(new() { FromDay = "2026-01-02", ToDay = "20260104" }, sets);
        Assert.Equal([2, 3, 4], Numbers(range));
        Assert.Equal((2, "20260102", "20260104"), (range.OutsideDates, range.Selection.FromDay, range.Selection.ToDay));
        Assert.Equal([4, 5], Numbers(Choose(new() { FromDay = "20260104" }, sets)));
        Assert.Equal([1], Numbers(Choose(new() { ToDay = "2026-01-01" }, sets)));
    }

    [Theory]
    [InlineData(0, new[] { 1, 4 })]
    [InlineData(1, new[] { 1, 3 })]
    [InlineData(2, new[] { 1, 2 })]
    [InlineData(9, new[] { 1 })]
    public void Incremental_takes_one_day_and_what_is_still_pending(int daysAgo, int[] expected)
    {
        EligibleSet[] sets =
        [
            Set(1, "A", 1) with { Day = "20260101" },
            Set(2, "A", 1) with { Day = "20260302", Pending = false },
            Set(3, "A", 1) with { Day = "20260303", Pending = false },
            Set(4, "A", 1) with { Day = "20260304", Pending = false },
        ];

        var choice = Choose(new() { Mode = TrainingModes.Incremental, UseDaysAgo = daysAgo }, sets);

        Assert.Equal(expected, Numbers(choice));
        Assert.Equal([Days.Write(new DateOnly(2026, 3, 4).AddDays(-daysAgo))], choice.Selection.Days);
    }

    [Theory]
    [InlineData(12, 0, 30, 10)] // stood still: its latest ten
    [InlineData(12, 3, 30, 10)]
    [InlineData(12, 10, 30, 10)]
    [InlineData(12, 15, 30, 15)]
    [InlineData(12, 0, 4, 4)]
    [InlineData(2, 0, 30, 10)]
    [InlineData(0, 0, 30, 0)] // nothing is new anywhere: nothing to train
    public void A_device_with_little_on_the_day_of_an_incremental_run_adds_its_latest_recordings(int ofA, int ofBThatDay, int ofBBefore, int expectedOfB)
    {
        EligibleSet[] sets =
        [
            .. Enumerable.Range(1, ofA).Select(number => Set(number, "A", 1) with { Day = "20260303", Pending = false }),
            .. Enumerable.Range(100, ofBBefore).Select(number => Set(number, "B", 1) with { Day = "20260101", Pending = false }),
            .. Enumerable.Range(200, ofBThatDay).Select(number => Set(number, "B", 1) with { Day = "20260303", Pending = false }),
        ];

        var choice = Choose(new() { Mode = TrainingModes.Incremental }, sets);

        int[] ofB = [.. sets.Where(set => set.Device == "B").TakeLast(expectedOfB).Select(set => Numbers([set.RecordingId])[0])];
        Assert.Equal(ofB, Numbers(choice).Where(number => number >= 100));
        Assert.Equal(ofA, Numbers(choice).Count(number => number < 100));
        Assert.Equal(ofBBefore + ofBThatDay - expectedOfB, choice.OutsideDates);
    }

    [Fact]
    public void What_is_added_is_screened_and_what_a_person_verified_counts()
    {
        EligibleSet[] sets =
        [
            Set(1, "A", 1) with { Day = "20260303", Pending = false },
            .. Enumerable.Range(100, 30).Select(number => Set(number, "B", 1) with { Day = "20260101", Pending = false, Rms = number == 125 ? 99 : 0.1 }),
            .. Enumerable.Range(300, 20).Select(number => Set(number, "C", 1) with { Day = "20260101", Pending = false, Label = number < 306 ? Labels.VerifiedNormal : Labels.Normal }),
        ];

        var chosen = Numbers(Choose(new() { Mode = TrainingModes.Incremental }, sets));

        Assert.Equal([120, 121, 122, 123, 124, 126, 127, 128, 129], chosen.Where(number => number is >= 100 and < 300));
        Assert.Equal([300, 301, 302, 303, 304, 305, 316, 317, 318, 319], chosen.Where(number => number >= 300));
    }

    [Fact]
    public void Each_device_has_the_day_of_its_own_time_zone()
    {
        var run = Run(new() { Mode = TrainingModes.Incremental, UseDaysAgo = 0 }, "A", "B", "C") with
        {
            RequestedAt = new DateTimeOffset(2026, 3, 4, 12, 30, 0, TimeSpan.Zero),
        };
        DeviceSpec[] devices =
            [new("A", "Pacific/Kiritimati", "small", Spec), new("B", "Etc/GMT+12", "small", Spec), new("C", "Pacific/Pago_Pago", "small", Spec)];

        Assert.Equal(
            ["20260305", "20260304", "20260304"], ChosenDays.Of(run, devices).ByDevice!.OrderBy(day => day.Key).Select(day => day.Value));
        var earlier = ChosenDays.Of(run with { RequestedAt = run.RequestedAt.AddHours(-2) }, devices);
        Assert.Equal(["20260305", "20260303", "20260303"], earlier.ByDevice!.OrderBy(day => day.Key).Select(day => day.Value));
        var error = Assert.Throws<UnreadableDayException>(() => ChosenDays.Of(run, [devices[0] with { TimeZone = "Mars/Olympus" }]));
        Assert.Contains("A has the time zone 'Mars/Olympus'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'4.3.2026'", Assert.Throws<UnreadableDayException>(() => Choose(new() { FromDay = "4.3.2026" }, Verified)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TrainingModes.Full)]
    [InlineData(TrainingModes.Incremental)]
    [InlineData(TrainingModes.ColdStart)]
    public void What_a_person_verified_enters_whatever_dates_screen_and_draw_say(string mode)
    {
        EligibleSet[] sets = [.. Enumerable.Range(1, 12).Where(number => number != 9).Select(number => Set(number, "A", 3_600) with { Day = "20260303" }), Verified];
        var parameters = new TrainingParameters { Mode = mode, SampleHours = 2, FromDay = mode == TrainingModes.Full ? "20260303" : null };

        var choice = Choose(parameters, sets);

        Assert.Equal(3, choice.Chosen.Count); // two of an hour each, and it
        Assert.Contains(Verified, choice.Chosen);
        Assert.Equal(9, choice.NotDrawn.Count);
        Assert.Equal(0, choice.ScreenedOut);
    }

    [Fact]
    public void A_cold_start_is_not_screened()
    {
        EligibleSet[] sets = [.. Enumerable.Range(1, 10).Select(number => Set(number, "A", 1)), Set(11, "A", 1) with { Rms = 99 }];

        var full = Choose(new(), sets);
        Assert.Equal(Enumerable.Range(1, 10), Numbers(full));
        Assert.Equal([11], Numbers(full.Screen!.ScreenedOut.Select(one => one.RecordingId)));

        var cold = Choose(new() { Mode = TrainingModes.ColdStart }, sets);
        Assert.Equal(Enumerable.Range(1, 11), Numbers(cold));
        Assert.Null(cold.Screen);
    }

    [Fact]
    public void Only_what_the_dates_leave_is_screened_and_only_what_the_screen_leaves_is_drawn()
    {
        EligibleSet[] sets =
        [
            .. Enumerable.Range(1, 11).Select(number => Set(number, "A", 3_600) with { Day = "20260303", Rms = number == 11 ? 99 : 0.1 }),
            .. Enumerable.Range(12, 20).Select(number => Set(number, "A", 3_600) with { Day = "20250101", Rms = 99 }),
        ];

        var choice = Choose(new() { FromDay = "20260303", SampleHours = 9, Seed = 4 }, sets);

        Assert.Equal((20, 1, 1, 9), (choice.OutsideDates, choice.ScreenedOut, choice.NotDrawn.Count, choice.Chosen.Count));
        Assert.Equal((DatasetSelection.DrawHours, 4L, 9.0), (choice.Selection.Sampling, choice.Selection.Seed, choice.Selection.SampleHours));
    }

    [Fact]
    public void A_draw_that_takes_everything_is_the_same_selection_as_none()
    {
        EligibleSet[] sets = [Set(1, "A", 3_600), Set(2, "A", 3_600)];

        var drawn = Choose(new() { SampleHours = 5, Seed = 3 }, sets).Selection;

        Assert.Equal((DatasetSelection.TakeAll, (long?)null, (double?)null), (drawn.Sampling, drawn.Seed, drawn.SampleHours));
    }
}
