namespace Platform.Cli.Evaluation;

/// <summary>What a threshold makes of recordings whose state is known. A rate whose denominator is 0 is null.</summary>
internal sealed record AlarmCounts(int TruePositives, int FalsePositives, int FalseNegatives, int TrueNegatives)
{
    public static AlarmCounts Of(IReadOnlyCollection<bool> healthyAlarms, IReadOnlyCollection<bool> faultyAlarms)
    {
        var (falseAlarms, alarms) = (healthyAlarms.Count(alarm => alarm), faultyAlarms.Count(alarm => alarm));
        return new(alarms, falseAlarms, faultyAlarms.Count - alarms, healthyAlarms.Count - falseAlarms);
    }

    /// <summary>Alarms that were right, of all alarms.</summary>
    public double? Precision => Ratio(TruePositives, TruePositives + FalsePositives);

    /// <summary>Faulty recordings that raised an alarm, of all faulty ones.</summary>
    public double? Recall => Ratio(TruePositives, TruePositives + FalseNegatives);

    /// <summary>Harmonic mean of precision and recall: 0 when faults were missed altogether.</summary>
    public double? F1 => TruePositives + FalseNegatives == 0 ? null : Ratio(2 * TruePositives, 2 * TruePositives + FalsePositives + FalseNegatives);

    public double? FalseAlarmsPer100 => 100 * Ratio(FalsePositives, FalsePositives + TrueNegatives);

    public AlarmCounts Plus(AlarmCounts other) => new(
        TruePositives + other.TruePositives, FalsePositives + other.FalsePositives, FalseNegatives + other.FalseNegatives, TrueNegatives + other.TrueNegatives);

    private static double? Ratio(int part, int whole) => whole == 0 ? null : (double)part / whole;
}
