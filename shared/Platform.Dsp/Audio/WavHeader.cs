using System.Buffers.Binary;

namespace Platform.Dsp;

/// <summary>What stands before the samples of a RIFF/WAVE file: their encoding, where they begin, and how many bytes they claim to be.</summary>
/// <param name="DataBytes">Null when whoever wrote the header did not know: a writer into a pipe, a recorder that was switched off.</param>
internal readonly record struct WavHeader(WavFormat Format, long DataOffset, long? DataBytes)
{
    private const int MaxFormatBytes = 4 * 1024;
    private const int Ds64Bytes = 28; // without its table of other chunks

    // Chunks that really stand in front of others; used only where a pad byte may be missing.
    private static readonly uint[] KnownTags =
        [.. new[] { "fmt ", "data", "LIST", "fact", "bext", "JUNK", "junk", "PEAK", "cue ", "iXML", "id3 ", "ID3 ", "smpl", "inst", "axml", "chna" }
            .Select(tag => BinaryPrimitives.ReadUInt32LittleEndian(System.Text.Encoding.ASCII.GetBytes(tag)))];

    /// <summary>Leaves the stream at the first byte of the samples; never seeks, and no claimed size takes memory.</summary>
    /// <exception cref="AudioFormatException">Not a WAV file that can be read.</exception>
    internal static WavHeader Read(Stream stream)
    {
        var wide = ReadForm(stream);
        WavFormat? format = null;
        long? wideData = null;
        long position = 12;
        Span<byte> chunk = stackalloc byte[8];
        var ahead = 0; // bytes of the next chunk's header that are read already
        while (true)
        {
            ahead += stream.ReadAtLeast(chunk[ahead..8], 8 - ahead, throwOnEndOfStream: false);
            if (ahead < 8)
                throw Corrupt($"Byte {position}: the recording ends without a {(format is null ? "fmt" : "data")} chunk.");
            ahead = 0;
            var size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            position += 8;

            if (Is(chunk, "data"u8))
            {
                var known = format ?? throw Corrupt($"Byte {position - 8}: the data chunk comes before the fmt chunk.");
                return new WavHeader(known, position, KnownSize(size, wide, wideData));
            }

            if (Is(chunk, "fmt "u8))
                format = WavFormat.Parse(ReadWhole(stream, size, MaxFormatBytes, position, "fmt"));
            else if (wide && Is(chunk, "ds64"u8))
                wideData = ReadDs64(stream, size, position);
            else
                Skip(stream, size, position, Tag(chunk));
            position += size;

            if (size % 2 == 1)
                position += SkipPad(stream, chunk, out ahead);
        }
    }

    private static bool ReadForm(Stream stream)
    {
        Span<byte> form = stackalloc byte[12];
        var read = stream.ReadAtLeast(form, form.Length, throwOnEndOfStream: false);
        if (read < form.Length)
            throw Corrupt($"Byte {read}: the recording ends inside the RIFF header, which has 12 bytes.");
        if (Is(form, "RIFX"u8))
            throw new AudioFormatException(AudioFault.Unsupported, "Byte 0: RIFX (big-endian) is not read, allowed are RIFF, RF64 and BW64.");
        var wide = Is(form, "RF64"u8) || Is(form, "BW64"u8);
        if (!(wide || Is(form, "RIFF"u8)) || !Is(form[8..], "WAVE"u8))
            throw Corrupt($"Bytes 0 to 11: '{Tag(form)}…{Tag(form[8..])}' found where 'RIFF…WAVE' belongs.");
        return wide;
    }

    // 0 and all ones are what writers leave that never came back to fill it in; sox and arecord leave about 2 GiB.
    private static long? KnownSize(uint size, bool wide, long? wideData) => size switch
    {
        uint.MaxValue when wide => wideData is > 0 ? wideData : null,
        0 or >= 0xFFFF_FF00 or (>= 0x7FFF_F000 and <= 0x8000_0000) => null,
        _ => size,
    };

    private static long ReadDs64(Stream stream, uint size, long position)
    {
        if (size < Ds64Bytes)
            throw Corrupt($"Byte {position - 4}: the ds64 chunk claims {size} bytes, at least {Ds64Bytes} are needed.");
        var start = ReadWhole(stream, Ds64Bytes, Ds64Bytes, position, "ds64");
        Skip(stream, size - Ds64Bytes, position + Ds64Bytes, "ds64");
        return BinaryPrimitives.ReadInt64LittleEndian(start.AsSpan(8));
    }

    private static byte[] ReadWhole(Stream stream, uint size, int allowed, long position, string tag)
    {
        if (size > allowed)
            throw Corrupt($"Byte {position - 4}: the {tag} chunk claims {size} bytes, allowed are at most {allowed}.");
        var bytes = new byte[size];
        var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read == size ? bytes : throw Corrupt($"Byte {position + read}: the recording ends inside the {tag} chunk.");
    }

    private static void Skip(Stream stream, long count, long position, string tag)
    {
        Span<byte> buffer = stackalloc byte[4 * 1024];
        for (var left = count; left > 0;)
        {
            var read = stream.Read(buffer[..(int)Math.Min(left, buffer.Length)]);
            if (read == 0)
                throw Corrupt($"Byte {position + count - left}: the recording ends inside the chunk '{tag}', which claims {count} bytes.");
            left -= read;
        }
    }

    // Chunks start at even offsets, but some writers forget the pad byte. It counts as forgotten only where a known chunk begins in its
    // place and none does after it.
    private static int SkipPad(Stream stream, Span<byte> next, out int ahead)
    {
        var read = stream.ReadAtLeast(next[..5], 5, throwOnEndOfStream: false);
        var forgotten = read == 5 && IsKnown(next) && !IsKnown(next[1..]);
        ahead = forgotten ? read : Math.Max(0, read - 1);
        if (!forgotten)
            next[1..].CopyTo(next);
        return forgotten ? 0 : 1;
    }

    private static bool IsKnown(ReadOnlySpan<byte> tag) => KnownTags.Contains(BinaryPrimitives.ReadUInt32LittleEndian(tag));

    private static bool Is(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> tag) => bytes[..4].SequenceEqual(tag);

    private static string Tag(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[4];
        for (var i = 0; i < text.Length; i++)
            text[i] = bytes[i] is >= 0x20 and < 0x7F ? (char)bytes[i] : '?';
        return new string(text);
    }

    private static AudioFormatException Corrupt(string message) => new(AudioFault.Corrupt, message);
}
