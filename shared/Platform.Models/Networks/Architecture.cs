namespace Platform.Models;

/// <summary>What decides the names and shapes of a network's weights; part of every package.</summary>
public sealed record Architecture
{
    public const string ConvAutoencoder = "conv-ae";

    /// <summary>Model types that <see cref="Create"/> knows.</summary>
    public static IReadOnlyList<string> ModelTypes { get; } = [ConvAutoencoder];

    public string ModelType { get; init; } = ConvAutoencoder;

    /// <summary>Output channels of the encoder's layers, first to last; the decoder mirrors them.</summary>
    public IReadOnlyList<int> Channels { get; init; } = [16, 32, 64, 128];

    /// <summary>What is wrong with the values, one message per value; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (!ModelTypes.Contains(ModelType))
            yield return $"model type is '{ModelType}', allowed are: {string.Join(", ", ModelTypes)}.";
        if (Channels.Count is < 1 or > 8 || Channels.Any(channels => channels is < 1 or > 4096))
            yield return $"channels are [{string.Join(", ", Channels)}], allowed are 1 to 8 layers of 1 to 4096 channels.";
    }

    /// <summary>A network with fresh weights, in training mode; with a seed they follow from the seed alone.</summary>
    public ConvAutoencoder Create(long? seed = null) => Problems().FirstOrDefault() is { } problem
        ? throw new ArgumentException(problem)
        : new ConvAutoencoder(Channels, seed);

    // A list compares by reference; the same layers are the same architecture.
    public bool Equals(Architecture? other) =>
        other is not null && ModelType == other.ModelType && Channels.SequenceEqual(other.Channels);

    public override int GetHashCode() => HashCode.Combine(ModelType, Channels.Count);
}
