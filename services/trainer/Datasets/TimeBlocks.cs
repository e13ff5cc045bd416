using Platform.Dsp;

namespace Platform.Trainer.Datasets;

/// <summary>
/// Cuts a recording into blocks in time: first what is fitted, then what is held out, last the test set, each in one piece
/// so that only patches at the borders have neighbours in another one.
/// </summary>
/// <param name="fraction">Share of the patches that is held out, at least one.</param>
/// <param name="testFraction">Share of the test set, at least one unless it is 0.</param>
/// <param name="overlap">Patches after the last one of a block that share audio with it; they are left out.</param>
internal sealed class TimeBlocks(double fraction, double testFraction, int overlap)
{
    internal double Fraction => fraction;

    internal double TestFraction => testFraction;

    /// <summary>How many patches after one share audio with it.</summary>
    internal static int Overlap(Extraction extraction) => (int)Math.Ceiling(extraction.WinSeconds / extraction.HopSeconds) - 1;

    /// <summary>Whether every block gets a patch and the fitted one at least as many as each other one.</summary>
    internal bool CanCut(int patches)
    {
        var (training, validation, test) = Lengths(patches);
        return training >= Math.Max(1, Math.Max(validation, test));
    }

    internal BlockParts Cut(RecordingPatches recording)
    {
        var (training, validation, test) = Lengths(recording.Patches.Length);
        var from = training + overlap;
        return new BlockParts(
            recording with { Patches = recording.Patches[..training] },
            recording with { Patches = recording.Patches[from..(from + validation)] },
            test == 0 ? null : recording with { Patches = recording.Patches[^test..] });
    }

    private (int Training, int Validation, int Test) Lengths(int patches)
    {
        var validation = Share(fraction);
        var test = testFraction > 0 ? Share(testFraction) : 0;
        return (patches - validation - overlap - (test > 0 ? test + overlap : 0), validation, test);

        int Share(double of) => Math.Max((int)Math.Round(patches * of, MidpointRounding.AwayFromZero), 1);
    }
}

/// <summary>What of one recording goes where; null for nothing.</summary>
internal sealed record BlockParts(RecordingPatches? Training, RecordingPatches? Validation, RecordingPatches? Test);
