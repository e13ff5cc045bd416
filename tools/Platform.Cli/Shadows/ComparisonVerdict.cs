using System.Globalization;
using Platform.Cli.Client;
using Platform.Cli.Output;

namespace Platform.Cli.Shadows;

/// <summary>A comparison in one line: what people's labels say if there are any, otherwise which of the two speaks up more often.</summary>
internal static class ComparisonVerdict
{
    /// <summary>Below this many recordings the difference of two rates is chance.</summary>
    public const int Enough = 50;

    public static string Of(Comparison comparison)
    {
        if (comparison.Total is not { Recordings: > 0 } total)
            return "verdict: nothing to compare yet: no recording has been judged by both.";

        var counts = string.Create(
            CultureInfo.InvariantCulture,
            $"the shadow would call {total.ShadowAnomalous} of {Shown.Count(total.Recordings, "recording")} anomalous, what serves called {total.ChampionAnomalous}; they agree on {Percent(total.BothNormal + total.BothAnomalous, total.Recordings)}");
        return $"verdict: {Judged(total)}: {counts}{People(total)}.";
    }

    public static string Percent(long part, long of) =>
        of == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / of:0.#} %");

    private static string Judged(ComparedVerdicts total)
    {
        // By labels it is a matter of better and worse; without them nobody knows which of two that differ is right.
        var fewerFalse = total.ChampionFalseAlarms.CompareTo(total.ShadowFalseAlarms);
        var moreFound = total.ShadowFound.CompareTo(total.ChampionFound);
        if (total.LabelledNormal + total.LabelledAnomalous > 0)
        {
            return (fewerFalse, moreFound) switch
            {
                (0, 0) => "as good by the labels",
                ( >= 0, >= 0) => "better by the labels",
                ( <= 0, <= 0) => "worse by the labels",
                ( > 0, _) => "fewer false alarms but less found by the labels",
                _ => "more found but more false alarms by the labels",
            };
        }

        if (total.Recordings < Enough)
            return $"too early to tell (fewer than {Enough} recordings)";
        return total.ShadowAnomalous.CompareTo(total.ChampionAnomalous) switch
        {
            < 0 => "quieter",
            > 0 => "louder",
            _ => "as loud",
        };
    }

    private static string People(ComparedVerdicts total) =>
        (total.LabelledNormal > 0 ? $"; of {total.LabelledNormal} labelled normal {total.ShadowFalseAlarms} against {total.ChampionFalseAlarms} are false alarms" : "")
        + (total.LabelledAnomalous > 0 ? $"; of {total.LabelledAnomalous} labelled anomalous {total.ShadowFound} against {total.ChampionFound} are found" : "");
}
