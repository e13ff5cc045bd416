using System.Diagnostics;
using System.IO.Compression;

namespace Platform.Dsp.Tests;

public sealed class NpyTests
{
    public static TheoryData<NpyArray> Arrays() =>
    [
        NpyArray.Scalar(0.25),
        NpyArray.Of(new[] { 1f, -2.5f, float.MaxValue }),
        NpyArray.Of(new double[24], 1, 2, 3, 4),
        NpyArray.Of(new[] { (Half)0.5, (Half)(-100) }, 2, 1),
        NpyArray.Of(new[] { long.MinValue, 0, long.MaxValue }),
        NpyArray.Of(Array.Empty<float>(), 0, 64, 63),
    ];

    [Theory]
    [MemberData(nameof(Arrays))]
    public void What_is_written_is_read_back(NpyArray array)
    {
        var bytes = NpyFile.Write(array);
        var read = NpyFile.Read(bytes);

        Assert.Equal(array.DType, read.DType);
        Assert.Equal(array.Shape, read.Shape);
        Assert.Equal(array.ToDoubles(), read.ToDoubles());
        Assert.Equal(0, NpyHeader.Read(new MemoryStream(bytes)).DataOffset % 64);
    }

    [Fact]
    public void Files_of_numpy_are_read_and_written_byte_by_byte_as_numpy_does()
    {
        foreach (var name in new[] { "mel_noise_1024_512_64_db", "ae_batch", "ae_global_scale" })
            Assert.Equal(Golden.Bytes(name + ".npy"), NpyFile.Write(Golden.Array(name)));
        Assert.Equal([4, 1, 64, 64], Golden.Array("ae_batch").Shape);
    }

    [Fact]
    public async Task NumPy_reads_what_is_written()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "There is no /usr/bin/python3 here.");
        var folder = Directory.CreateTempSubdirectory("npy");
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "a.npz"), NpzFile.Write(new Dictionary<string, NpyArray>
            {
                ["half"] = NpyArray.Of(new[] { (Half)1.5, (Half)2.5 }),
                ["single"] = NpyArray.Of(new[] { 1f, 2, 3, 4, 5, 6 }, 2, 3),
                ["integer"] = NpyArray.Of(new[] { 7L }),
                ["empty"] = NpyArray.Of(Array.Empty<double>(), 0, 4),
            }), TestContext.Current.CancellationToken);
            await File.WriteAllBytesAsync(
                Path.Combine(folder.FullName, "scalar.npy"), NpyFile.Write(NpyArray.Scalar(0.1)), TestContext.Current.CancellationToken);

            var script = """
                import importlib.util, sys
                if importlib.util.find_spec("numpy") is None: sys.exit(77)
                import numpy as np
                z = np.load("a.npz")
                print(sorted(z.files), z["half"].dtype, z["half"].tolist(), z["single"].dtype, z["single"].tolist(),
                      z["integer"].dtype, z["integer"].tolist(), z["empty"].shape, np.load("scalar.npy").shape, float(np.load("scalar.npy")))
                """;
            using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", script])
            {
                WorkingDirectory = folder.FullName,
                RedirectStandardOutput = true,
            })!;
            var output = await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await python.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.SkipWhen(python.ExitCode == 77, "This Python has no NumPy.");
            Assert.Equal(
                "['empty', 'half', 'integer', 'single'] float16 [1.5, 2.5] float32 [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]] int64 [7] (0, 4) () 0.1",
                output.Trim());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Archives_are_read_back_and_equal_arrays_are_equal_bytes()
    {
        var arrays = new Dictionary<string, NpyArray> { ["b.weight"] = NpyArray.Of(new float[6], 2, 3), ["a"] = NpyArray.Scalar(1) };
        var bytes = NpzFile.Write(arrays);
        var read = NpzFile.Read(bytes);

        Assert.Equal(["a", "b.weight"], read.Keys);
        Assert.Equal([2, 3], read["b.weight"].Shape);
        Assert.Equal(bytes, NpzFile.Write(arrays.Reverse().ToDictionary()));
    }

    [Theory]
    [InlineData("<f4", "False", "(-1,)", "not understood")]
    [InlineData("<f4", "False", "(99999999999,)", "extent")]
    [InlineData("<f4", "False", "(2147483647, 2147483647)", "more than")]
    [InlineData("<f4", "False", "(1, 1, 1, 1, 1)", "rank 5")]
    [InlineData(">f4", "False", "(1,)", ">f4")]
    [InlineData("|O", "False", "(1,)", "|O")]
    [InlineData("<f4", "True", "(2, 2)", "column order")]
    [InlineData("<f4", "False", "(1000000000,)", "ends after 4")]
    [InlineData("<f4", "False", "(3,)", "more bytes follow")]
    public void What_is_not_read_is_named(string dtype, string fortran, string shape, string named)
    {
        var text = $"{{'descr': '{dtype}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n";
        byte[] bytes = [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. System.Text.Encoding.ASCII.GetBytes(text), .. new byte[16]];
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => NpyFile.Read(bytes)).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16_000_000);
    }

    [Fact]
    public void Files_cut_or_changed_anywhere_are_read_or_refused()
    {
        var array = NpyFile.Write(NpyArray.Of(new float[12], 3, 4));
        var archive = NpzFile.Write(new Dictionary<string, NpyArray> { ["a"] = NpyArray.Of(new double[4]), ["b"] = NpyArray.Scalar(2) });
        var compressed = Compressed(array);
        foreach (var (file, read) in new (byte[], Action<byte[]>)[]
        {
            (array, bytes => NpyFile.Read(bytes)), (archive, bytes => NpzFile.Read(bytes)), (compressed, bytes => NpzFile.Read(bytes)),
        })
        {
            for (var length = 0; length < file.Length; length++)
                ReadOrRefuse(() => read(file[..length]));

            var random = new Random(2);
            for (var trial = 0; trial < 5_000; trial++)
            {
                var changed = (byte[])file.Clone();
                for (var i = random.Next(1, 4); i > 0; i--)
                    changed[random.Next(changed.Length)] = (byte)random.Next(256);
                ReadOrRefuse(() => read(changed));
            }
        }
    }

    private static byte[] Compressed(byte[] npy)
    {
        using var buffer = new MemoryStream();
        using (var archive = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = archive.CreateEntry("a.npy", CompressionLevel.SmallestSize).Open();
            entry.Write(npy);
        }

        return buffer.ToArray();
    }

    private static void ReadOrRefuse(Action read)
    {
        try
        {
            read();
        }
        catch (InvalidDataException error)
        {
            Assert.False(string.IsNullOrWhiteSpace(error.Message));
        }
    }
}
