using System.Text;

namespace Platform.Dsp.Tests;

/// <summary>Builds WAV files, right and wrong ones.</summary>
internal static class WavBytes
{
    internal static byte[] Build(int code, int channels, int sampleRate, int bits, byte[] data, bool extensible = false, uint? dataSize = null)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("RIFF"u8);
        writer.Write((uint)(data.Length + 36));
        writer.Write("WAVE"u8);
        writer.Write("fmt "u8);
        writer.Write(extensible ? 40 : 16);
        writer.Write((ushort)(extensible ? 0xFFFE : code));
        writer.Write((ushort)channels);
        writer.Write(sampleRate);
        writer.Write(sampleRate * channels * bits / 8);
        writer.Write((ushort)(channels * bits / 8));
        writer.Write((ushort)bits);
        if (extensible)
        {
            writer.Write((ushort)22);
            writer.Write((ushort)bits);
            writer.Write(0);
            writer.Write((ushort)code);
            writer.Write([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]); // the rest of the sub-format's GUID
        }

        writer.Write("data"u8);
        writer.Write(dataSize ?? (uint)data.Length);
        writer.Write(data);
        return stream.ToArray();
    }

    internal static byte[] Pcm16(params short[] samples)
    {
        var data = new byte[samples.Length * 2];
        Buffer.BlockCopy(samples, 0, data, 0, data.Length);
        return Build(1, 1, 16_000, 16, data);
    }

    /// <summary>Puts a chunk between the fmt and the data chunk, padded to an even length as RIFF wants it.</summary>
    internal static byte[] WithChunk(byte[] wav, string tag, byte[] content)
    {
        byte[] padding = content.Length % 2 == 0 ? [] : [0];
        return [.. wav[..36], .. Encoding.ASCII.GetBytes(tag), .. BitConverter.GetBytes(content.Length), .. content, .. padding, .. wav[36..]];
    }
}
