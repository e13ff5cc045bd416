using System.Globalization;
using Platform.Dsp;

namespace Platform.Models;

/// <summary>Reads a package's NumPy files; whatever is wrong is an <see cref="InvalidDataException"/> that names the file.</summary>
internal static class PackageArrays
{
    internal static NpyArray Array(string file, byte[] content)
    {
        try
        {
            return NpyFile.Read(content);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{file}: {exception.Message}", exception);
        }
    }

    internal static IReadOnlyDictionary<string, NpyArray> Archive(string file, byte[] content)
    {
        try
        {
            return NpzFile.Read(content);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{file}: {exception.Message}", exception);
        }
    }

    internal static NpyArray Member(string file, IReadOnlyDictionary<string, NpyArray> arrays, string name) =>
        arrays.TryGetValue(name, out var array) ? array : throw new InvalidDataException($"{file}: the array '{name}' is missing.");

    /// <summary>A finite 0-d number.</summary>
    internal static double Number(string what, NpyArray array)
    {
        if (array.Shape.Count != 0)
            throw new InvalidDataException($"{what}: the shape is ({string.Join(", ", array.Shape)}), a single number (0-d) is needed.");
        var value = array.ToDoubles()[0];
        return double.IsFinite(value)
            ? value
            : throw new InvalidDataException($"{what}: the value is {value.ToString(CultureInfo.InvariantCulture)}, a finite number is needed.");
    }

    /// <summary><c>[min, max]</c>, finite and in order.</summary>
    internal static Scale Scale(string file, byte[] content)
    {
        var array = Array(file, content);
        if (array.Shape is not [2])
            throw new InvalidDataException($"{file}: the shape is ({string.Join(", ", array.Shape)}), (2) is needed: lowest and highest level in dB.");
        var values = array.ToDoubles();
        return double.IsFinite(values[0]) && double.IsFinite(values[1]) && values[0] <= values[1]
            ? new Scale(values[0], values[1])
            : throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture, $"{file}: the levels are {values[0]} and {values[1]}, two finite numbers in order are needed."));
    }
}
