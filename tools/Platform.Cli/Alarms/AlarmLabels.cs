using Platform.Cli.Client;

namespace Platform.Cli.Alarms;

/// <summary>The labels that people give.</summary>
internal static class AlarmLabels
{
    public static readonly string[] Given = [Labels.Normal, Labels.Anomalous, Labels.Unlabelled];

    public static bool Normal(string? label) => label is Labels.Normal or Labels.VerifiedNormal;

    /// <summary>What a label does, for who gave it.</summary>
    public static string Consequence(LabelledRecording recording) => recording.Label switch
    {
        Labels.VerifiedNormal => "a false alarm: the next training takes it in any case",
        Labels.Normal => "no model has called it anomalous",
        Labels.Anomalous => "no training takes it",
        _ => "nobody says anything about it",
    };
}
