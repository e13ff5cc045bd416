using Platform.Cli.Client;
using Platform.Cli.Output;

namespace Platform.Cli.Alarms;

/// <summary>An alarm in words.</summary>
internal static class AlarmText
{
    public static string State(Alarm alarm) => alarm switch
    {
        { Open: true } => "open",
        { CloseReason: "person" } => Shown.Of($"closed by {alarm.ClosedByPerson}"),
        { CloseReason: "labels" } => "closed by labels",
        { CloseReason: "withdrawn" } => "withdrawn",
        _ => "cleared",
    };

    public static string Outcome(Alarm alarm) => alarm.Outcome switch
    {
        "confirmed" => "confirmed",
        "false_alarm" => "false alarm",
        _ when alarm.LabelledNormal > 0 => $"{alarm.LabelledNormal} of {alarm.Recordings} normal",
        _ => "",
    };

    public static string Label(AlarmedScore score) =>
        score.Label is null ? "" : Shown.Of(score.LabelledBy is null ? score.Label : $"{score.Label} ({score.LabelledBy})");

    public static string Absorbed(AlarmedScore score) => score.Absorbed is { } absorbed ? $"by v{absorbed.Version}" : "";
}
