using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

using Xunit;

namespace Platform.Testing;

/// <summary>A palette PNG taken apart again, chunk by chunk, with every length and checksum looked at.</summary>
public sealed record DecodedPng(int Width, int Height, byte[] Palette, byte[] Pixels)
{
    public byte At(int x, int y) => Pixels[y * Width + x];

    public static DecodedPng Read(byte[] file)
    {
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], file[..8]);
        var chunks = new List<(string Type, byte[] Content)>();
        for (var at = 8; at < file.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            chunks.Add((Encoding.ASCII.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + length)]));
            Assert.Equal(Crc32(file.AsSpan(at + 4, 4 + length)), BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(at + 8 + length)));
            at += 12 + length;
        }

        Assert.Equal(["IHDR", "PLTE", "IDAT", "IEND"], chunks.Select(chunk => chunk.Type));
        var header = chunks[0].Content;
        Assert.Equal([8, 3, 0, 0, 0], header[8..]);
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)));

        using var rows = new MemoryStream();
        using (var zlib = new ZLibStream(new MemoryStream(chunks[2].Content), CompressionMode.Decompress))
            zlib.CopyTo(rows);
        var scanlines = rows.ToArray().Chunk(width + 1).ToList();
        Assert.Equal(height, scanlines.Count);
        Assert.All(scanlines, line => Assert.Equal(0, line[0]));
        return new DecodedPng(width, height, chunks[1].Content, [.. scanlines.SelectMany(line => line[1..])]);
    }

    // Bit by bit, as the specification has it, and not by the table under test.
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320 & (uint)-(int)(crc & 1));
        }

        return ~crc;
    }
}
