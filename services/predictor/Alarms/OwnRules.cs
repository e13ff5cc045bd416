namespace Platform.Predictor.Alarms;

/// <summary>What somebody decided for one device; null is what the options say.</summary>
internal sealed record OwnRules(int? OpenAfter, int? OfLast, int? ClearAfter, double? ClearBelow)
{
    internal AlarmRules Over(AlarmRules rules) => new(
        OpenAfter ?? rules.OpenAfter, OfLast ?? rules.OfLast, ClearAfter ?? rules.ClearAfter, ClearBelow ?? rules.ClearBelow);

    /// <summary>What is wrong with them on top of the options; null when nothing is.</summary>
    internal string? Mistake(AlarmRules rules)
    {
        foreach (var (name, value) in new[] { ("openAfter", OpenAfter), ("ofLast", OfLast), ("clearAfter", ClearAfter) })
        {
            if (value is < 1 or > AlarmRules.LongestWindow)
                return $"{name} is {value}; allowed are 1 to {AlarmRules.LongestWindow}.";
        }

        if (ClearBelow is not null and not (>= 0.01 and <= 1))
            return FormattableString.Invariant($"clearBelow is {ClearBelow}; allowed are 0.01 to 1, as a share of the threshold.");
        var all = Over(rules);
        return all.OpenAfter > all.OfLast ? $"{all.OpenAfter} of the last {all.OfLast} recordings can never be anomalous." : null;
    }
}
