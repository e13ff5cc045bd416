namespace Platform.Trainer.Training.Groups;

/// <summary>Says in a run's notes that it cannot be repeated bit for bit: sums are taken in another order with others beside it.</summary>
internal static class TogetherNote
{
    private const string Start = "Trained together with up to ";
    private const string End = " others at a time; not bit-reproducible.";

    internal static void Write(TrainingState state, int others)
    {
        var place = state.Notes.FindIndex(note => note.StartsWith(Start, StringComparison.Ordinal) && note.EndsWith(End, StringComparison.Ordinal));
        var before = place < 0 ? 0 : int.Parse(state.Notes[place][Start.Length..^End.Length], System.Globalization.CultureInfo.InvariantCulture);
        if (others <= before)
            return;
        if (place >= 0)
            state.Notes.RemoveAt(place);
        state.Notes.Add(Start + others.ToString(System.Globalization.CultureInfo.InvariantCulture) + End);
    }
}
