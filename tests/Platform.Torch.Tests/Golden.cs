using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Platform.Torch.Tests;

/// <summary>Reads the arrays that Python wrote (float32 and int64, C order); how they were made stands in golden/README.md.</summary>
internal static partial class Golden
{
    public static Tensor Array(string file) => Npy(File.OpenRead(PathOf(file)));

    public static Dictionary<string, Tensor> Arrays(string file)
    {
        using var zip = ZipFile.OpenRead(PathOf(file));
        return zip.Entries.ToDictionary(e => e.Name[..^".npy".Length], e => Npy(e.Open()));
    }

    public static JsonElement Facts() => JsonDocument.Parse(File.ReadAllText(PathOf("ae.json"))).RootElement;

    public static double[] Numbers(this JsonElement facts, string name) =>
        [.. facts.GetProperty(name).EnumerateArray().Select(n => n.GetDouble())];

    private static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "golden", file);

    private static Tensor Npy(Stream stream)
    {
        using var memory = new MemoryStream();
        using (stream)
            stream.CopyTo(memory);
        var all = memory.ToArray();
        Assert.Equal("\u0093NUMPY\u0001", Encoding.Latin1.GetString(all, 0, 7));
        var length = BinaryPrimitives.ReadUInt16LittleEndian(all.AsSpan(8));
        var header = Encoding.ASCII.GetString(all, 10, length);
        Assert.Contains("'fortran_order': False", header, StringComparison.Ordinal);
        var shape = Shape().Match(header).Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(long.Parse).ToArray();
        var type = header.Contains("'<f4'", StringComparison.Ordinal) ? ScalarType.Float32
            : header.Contains("'<i8'", StringComparison.Ordinal) ? ScalarType.Int64
            : throw new InvalidDataException(header);
        var tensor = empty(shape, type);
        tensor.bytes = all.AsSpan(10 + length);
        return tensor;
    }

    [GeneratedRegex(@"'shape': \(([^)]*)\)")]
    private static partial Regex Shape();
}
