namespace Platform.Dsp;

/// <summary>Extraction and view together: everything that decides what a model is shown. Immutable once it has a name.</summary>
/// <param name="Name">What devices refer to; not part of the hash. Null for a spec read out of a package or manifest.</param>
public sealed record FeatureSpec(string? Name, Extraction Extraction, View View)
{
    /// <summary>Version of the canonical JSON and of what the numbers mean; part of both hashes.</summary>
    public const int Format = 1;

    /// <summary>The spec of devices that name no other.</summary>
    public static FeatureSpec Default { get; } = new("default", new Extraction(), new View());

    /// <summary>Lower-case hex SHA-256 of the canonical JSON; a model refuses patches made under another one.</summary>
    public string Hash => CanonicalJson.Hash(ToCanonicalJson());

    /// <summary>Frames of a patch as a model sees it.</summary>
    public int Frames => View.FramesFor(Extraction);

    /// <summary>One text per meaning: fixed order, defaults resolved, without the name.</summary>
    public string ToCanonicalJson() => CanonicalJson.Write(Extraction, View);

    /// <summary>Reads what <see cref="ToCanonicalJson"/> wrote.</summary>
    /// <exception cref="InvalidDataException">Not the JSON of a spec, or of another format.</exception>
    public static FeatureSpec FromCanonicalJson(string json) => CanonicalJson.Read(json);

    /// <summary>What is wrong with the values, one message per value; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        string[] problems = [.. Extraction.Problems(), .. View.Problems()];
        return problems is [] && (long)Extraction.NMels * Frames > Extraction.MaxPatchValues
            ? [$"A patch would have nMels × frames = {Extraction.NMels} × {Frames} values; allowed are {Extraction.MaxPatchValues}."]
            : problems;
    }

    /// <exception cref="InvalidFeatureSpecException">A value is not allowed.</exception>
    public void Validate() => InvalidFeatureSpecException.ThrowIfAny(Problems());
}
