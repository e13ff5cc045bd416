using System.IO.Compression;
using System.Text;

namespace Platform.Models.Tests;

public sealed class TorchFileTests
{
    [Fact]
    public void A_state_dict_saved_by_PyTorch_is_read_with_names_shapes_and_values()
    {
        var weights = TorchFile.Read(Golden.Bytes("ae_tiny_after10.pth"));

        Assert.Equal(51, weights.Count);
        Assert.Equal("encoder.0.weight", weights[0].Key);
        Assert.Equal([4, 1, 3, 3], weights[0].Value.Shape);
        var batches = weights.Single(pair => pair.Key == "encoder.1.num_batches_tracked").Value;
        Assert.Equal(TensorType.Int64, batches.Type);
        Assert.Empty(batches.Shape);
        Assert.Equal(10, BitConverter.ToInt64(batches.Data.Span));
    }

    [Fact]
    public void What_is_written_reads_back_equal_and_in_order()
    {
        List<KeyValuePair<string, StateTensor>> tensors =
        [
            new("b", StateTensor.FromFloats([1, 2, 3, 4, 5, 6], 2, 3)),
            new("a", new StateTensor(TensorType.Int64, [], BitConverter.GetBytes(-7L))),
            new("größe", new StateTensor(TensorType.Float64, [300, 0], ReadOnlyMemory<byte>.Empty)),
            new("half", new StateTensor(TensorType.BFloat16, [1], new byte[] { 1, 2 })),
        ];

        var read = TorchFile.Read(TorchFile.Write(tensors));

        Assert.Equal(tensors.Select(pair => pair.Key), read.Select(pair => pair.Key));
        Assert.All(tensors.Zip(read), pair =>
        {
            Assert.Equal(pair.First.Value.Type, pair.Second.Value.Type);
            Assert.Equal(pair.First.Value.Shape, pair.Second.Value.Shape);
            Assert.Equal(pair.First.Value.Data.ToArray(), pair.Second.Value.Data.ToArray());
        });
    }

    [Fact]
    public void Equal_tensors_give_equal_bytes()
    {
        var weights = TorchFile.Read(Golden.Bytes("ae_tiny_after10.pth"));

        Assert.Equal(TorchFile.Write(weights), TorchFile.Write(TorchFile.Read(TorchFile.Write(weights))));
    }

    [Fact]
    public void Python_loads_what_is_written_with_weights_only()
    {
        var folder = Directory.CreateTempSubdirectory();
        var path = Path.Combine(folder.FullName, "model.pth");
        File.WriteAllBytes(path, TorchFile.Write(TorchFile.Read(Golden.Bytes("ae_tiny_after10.pth"))));

        var output = PythonTorch.Run("compare_state_dicts.py", path, Golden.Path("ae_tiny_after10.pth"));

        Assert.Equal("51 equal tensors", output.Trim());
        folder.Delete(recursive: true);
    }

    [Fact]
    public void Views_nested_in_a_shared_storage_are_read_as_Python_sees_them()
    {
        var folder = Directory.CreateTempSubdirectory();
        var path = Path.Combine(folder.FullName, "views.pth");
        PythonTorch.Run("save_views.py", path);

        var tensors = TorchFile.Read(File.ReadAllBytes(path)).ToDictionary();

        Assert.Equal([0, 3, 1, 4, 2, 5], tensors["transposed"].ToFloats());
        Assert.Equal([3, 2], tensors["transposed"].Shape);
        Assert.Equal([4, 5], tensors["tail"].ToFloats());
        Assert.Equal([7, 7, 7], tensors["expanded"].ToFloats());
        Assert.Equal([0, 1, 2, 3, 4, 5], tensors["parameter"].ToFloats());
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("cposix\nsystem\n(X\u0002\0\0\0idtR.", "posix.system")]
    [InlineData("cbuiltins\neval\n(X\u0001\0\0\01tR.", "builtins.eval")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n)R.", "unknown way")]
    [InlineData("]X\u0001\0\0\0ab.", "attributes")]
    [InlineData("}X\u0001\0\0\0aK\u0001s.", "'a'")]
    [InlineData("}X\u0001\0\0\0a", "ends within an operand")]
    [InlineData("X\u00ff\u00ff\u00ff\u007fabc", "ends within an operand")]
    [InlineData("K\u0001.", "no state dict")]
    [InlineData("tR.", "empty stack")]
    [InlineData("h\u0005.", "recalls 5")]
    [InlineData("\u0093.", "opcode 0x93")]
    public void A_hostile_pickle_is_refused_and_says_why(string pickle, string complaint)
    {
        var file = Zip(("archive/data.pkl", Encoding.Latin1.GetBytes(pickle)), ("archive/version", "3\n"u8.ToArray()));

        var exception = Assert.Throws<InvalidDataException>(() => TorchFile.Read(file));

        Assert.Contains(complaint, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_claims_more_than_its_storage_holds_is_refused()
    {
        var honest = TorchFile.Write([new("w", StateTensor.FromFloats([1, 2, 3, 4], 4))]);
        var pickle = TorchEntry(honest, "archive/data.pkl");
        var shape = pickle.AsSpan().IndexOf("(K\u0004t"u8); // the shape's tuple
        pickle[shape + 2] = 5;
        var file = Zip(("archive/data.pkl", pickle), ("archive/data/0", new byte[16]));

        var exception = Assert.Throws<InvalidDataException>(() => TorchFile.Read(file));

        Assert.Contains("reaches element 4 of the storage '0', which has 4", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_compressed_entry_is_refused_so_that_nothing_unpacks_to_more_than_was_sent()
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("archive/data.pkl", CompressionLevel.SmallestSize).Open();
            entry.Write(new byte[1 << 20]);
        }

        var exception = Assert.Throws<InvalidDataException>(() => TorchFile.Read(stream.ToArray()));
        Assert.Contains("compressed", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_or_damaged_anywhere_is_refused_or_read_but_never_anything_else()
    {
        var file = Golden.Bytes("ae_tiny_after10.pth");
        for (var length = 0; length < file.Length; length += 97)
            Assert.Throws<InvalidDataException>(() => TorchFile.Read(file.AsMemory(0, length)));

        var random = new Random(1);
        for (var i = 0; i < 3_000; i++)
        {
            var damaged = file.ToArray();
            // Half of the hits go to the pickle and the first headers, where the structure is.
            var reach = i % 2 == 0 ? 8_192 : damaged.Length;
            for (var hit = 0; hit < 3; hit++)
                damaged[random.Next(reach)] = (byte)random.Next(256);
            var exception = Record.Exception(() => TorchFile.Read(damaged));
            Assert.True(exception is null or InvalidDataException, $"Damage {i}: {exception}");
        }
    }

    [Fact]
    public void A_name_given_twice_is_refused_when_writing()
    {
        var tensor = StateTensor.FromFloats([1], 1);

        Assert.Throws<ArgumentException>(() => TorchFile.Write([new("w", tensor), new("w", tensor)]));
    }

    private static byte[] TorchEntry(byte[] file, string name)
    {
        using var zip = new ZipArchive(new MemoryStream(file), ZipArchiveMode.Read);
        using var content = new MemoryStream();
        using var entry = zip.GetEntry(name)!.Open();
        entry.CopyTo(content);
        return content.ToArray();
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        return stream.ToArray();
    }
}
