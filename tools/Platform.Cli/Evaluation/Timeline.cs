namespace Platform.Cli.Evaluation;

/// <summary>One recording of a life that was recorded until the end.</summary>
/// <param name="Alarm">Null when the recording could not be scored.</param>
/// <param name="Trained">The model was trained on it.</param>
internal sealed record LifeMoment(bool? Alarm, bool Trained);

/// <summary>When a machine's life would have raised alarms. Shares of life count recordings: 0 is the first one, 1 the last.</summary>
/// <param name="FirstLastingAlarm">
/// Share of life of the earliest alarm from which on at least <see cref="Lasting"/> of all recordings up to the end raise one; null when there is none.
/// </param>
/// <param name="FalseAlarms">Alarms in the first half of life, which counts as healthy.</param>
/// <param name="HealthyRecordings">Scored recordings in the first half.</param>
/// <param name="UnheardFalseAlarms">Of the false alarms, those of recordings that the model was not trained on.</param>
internal sealed record Timeline(
    int Recordings, int Scored, double? FirstLastingAlarm, int FalseAlarms, int HealthyRecordings, int UnheardFalseAlarms, int UnheardHealthyRecordings)
{
    /// <summary>Share of alarms that makes one last: faults come and go for a while before they stay.</summary>
    public const double Lasting = 0.9;

    private const double Healthy = 0.5;

    /// <param name="life">In the order in which it was recorded.</param>
    public static Timeline Of(IReadOnlyList<LifeMoment> life)
    {
        var moments = life.Select((moment, index) => (moment.Alarm, moment.Trained, Share: life.Count == 1 ? 1 : (double)index / (life.Count - 1))).ToList();
        var healthy = moments.Where(moment => moment is { Share: < Healthy, Alarm: not null }).ToList();
        var unheard = healthy.Where(moment => !moment.Trained).ToList();
        return new(
            life.Count, life.Count(moment => moment.Alarm is not null), First([.. moments.Select(moment => (moment.Alarm, moment.Share))]),
            healthy.Count(moment => moment.Alarm == true), healthy.Count, unheard.Count(moment => moment.Alarm == true), unheard.Count);
    }

    private static double? First(IReadOnlyList<(bool? Alarm, double Share)> moments)
    {
        var (first, alarms, scored) = ((double?)null, 0, 0);
        for (var i = moments.Count - 1; i >= 0; i--)
        {
            if (moments[i].Alarm is not { } alarm)
                continue;
            scored++;
            alarms += alarm ? 1 : 0;
            if (alarm && alarms >= Lasting * scored)
                first = moments[i].Share;
        }

        return first;
    }
}
