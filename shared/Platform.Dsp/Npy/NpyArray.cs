namespace Platform.Dsp;

/// <summary>An array as NumPy sees it: a type, a shape, values in row-major order.</summary>
public sealed class NpyArray
{
    private readonly Array _values;

    private NpyArray(Array values, int[] shape)
    {
        var count = 1L;
        foreach (var extent in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(extent, nameof(shape));
            count = checked(count * extent);
        }

        if (count != values.Length)
            throw new ArgumentException($"Shape [{string.Join(", ", shape)}] holds {count} values, {values.Length} were given.", nameof(shape));
        if (shape.Length > NpyFile.MaxRank)
            throw new ArgumentException($"Rank {shape.Length} is not allowed, 0 to {NpyFile.MaxRank} are.", nameof(shape));
        (_values, Shape) = (values, [.. shape]);
    }

    /// <summary>Extents, slowest first; empty for a single number.</summary>
    public IReadOnlyList<int> Shape { get; }

    public int Length => _values.Length;

    /// <summary>NumPy's name of the element type, e.g. <c>&lt;f4</c>.</summary>
    public string DType => _values switch
    {
        Half[] => NpyFile.DTypeF2,
        float[] => NpyFile.DTypeF4,
        double[] => NpyFile.DTypeF8,
        _ => NpyFile.DTypeI8,
    };

    /// <summary>Takes the values without copying them; without a shape they are a vector.</summary>
    public static NpyArray Of(float[] values, params int[] shape) => Shaped(values, shape);

    /// <inheritdoc cref="Of(float[], int[])"/>
    public static NpyArray Of(double[] values, params int[] shape) => Shaped(values, shape);

    /// <inheritdoc cref="Of(float[], int[])"/>
    public static NpyArray Of(Half[] values, params int[] shape) => Shaped(values, shape);

    /// <inheritdoc cref="Of(float[], int[])"/>
    public static NpyArray Of(long[] values, params int[] shape) => Shaped(values, shape);

    /// <summary>A 0-d array, as <c>np.save(path, 0.5)</c> writes it.</summary>
    public static NpyArray Scalar(double value) => new(new[] { value }, []);

    /// <summary>The values as float32: the array itself when it is one, else converted.</summary>
    public float[] ToSingles() => _values as float[] ?? Convert(value => (float)value);

    /// <summary>The values as float64: the array itself when it is one, else converted.</summary>
    public double[] ToDoubles() => _values as double[] ?? Convert(value => value);

    /// <exception cref="InvalidDataException">It does not hold int64.</exception>
    public long[] ToInt64s() => _values as long[] ?? throw new InvalidDataException($"The array holds {DType}, {NpyFile.DTypeI8} is needed.");

    internal Array Values => _values;

    internal static NpyArray Create(Array values, int[] shape) => new(values, shape);

    private static NpyArray Shaped(Array values, int[] shape) => new(values, shape.Length == 0 ? [values.Length] : shape);

    private T[] Convert<T>(Func<double, T> convert) => _values switch
    {
        Half[] halves => Array.ConvertAll(halves, value => convert((double)value)),
        float[] singles => Array.ConvertAll(singles, value => convert(value)),
        double[] doubles => Array.ConvertAll(doubles, value => convert(value)),
        _ => Array.ConvertAll((long[])_values, value => convert(value)),
    };
}
