using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Platform.Dsp;

/// <summary>
/// Little-endian bytes to float32 at full scale = ±1: an integer of b bits over 2^(b−1), 8-bit ones offset by 128, floats as they are.
/// </summary>
/// <remarks>
/// Each conversion rounds once: the scale is a power of two. Every .NET platform that this runs on is little-endian, so bytes are taken
/// as they stand. The last few samples of a block take the plain path and get the same values. Thread-safe.
/// </remarks>
internal static class SampleEncoding
{
    /// <summary>Samples beyond this are no sound; below it, the power of any spectrum stays finite in float32.</summary>
    internal const float Limit = 4_294_967_296f;

    /// <summary>Decodes as many whole samples as <paramref name="samples"/> has room for.</summary>
    internal static void Decode(WavFormat format, ReadOnlySpan<byte> bytes, Span<float> samples)
    {
        bytes = bytes[..(samples.Length * format.BytesPerSample)];
        switch (format.Code, format.BitsPerSample)
        {
            case (WavFormat.Pcm, 8):
                DecodeBytes(bytes, samples);
                break;
            case (WavFormat.Pcm, 16):
                DecodeShorts(MemoryMarshal.Cast<byte, short>(bytes), samples);
                break;
            case (WavFormat.Pcm, 24):
                DecodeTriples(bytes, samples);
                break;
            case (WavFormat.Pcm, 32):
                DecodeInts(MemoryMarshal.Cast<byte, int>(bytes), samples);
                break;
            case (WavFormat.IeeeFloat, 32):
                bytes.CopyTo(MemoryMarshal.AsBytes(samples));
                break;
            default:
                DecodeDoubles(MemoryMarshal.Cast<byte, double>(bytes), samples);
                break;
        }
    }

    /// <summary>Index of the first sample that is NaN, infinite or beyond <see cref="Limit"/>; -1 when there is none.</summary>
    internal static int FirstUnusable(ReadOnlySpan<float> samples)
    {
        // Without their sign, the bits of floats are ordered as integers, and infinity and NaN come last.
        const uint magnitude = 0x7FFF_FFFF;
        var limit = BitConverter.SingleToUInt32Bits(Limit);
        var bits = MemoryMarshal.Cast<float, uint>(samples);
        var i = 0;
        for (; i <= bits.Length - Vector<uint>.Count; i += Vector<uint>.Count)
        {
            if (Vector.GreaterThanAny(new Vector<uint>(bits[i..]) & new Vector<uint>(magnitude), new Vector<uint>(limit)))
                break;
        }

        for (; i < bits.Length; i++)
        {
            if ((bits[i] & magnitude) > limit)
                return i;
        }

        return -1;
    }

    private static void DecodeBytes(ReadOnlySpan<byte> bytes, Span<float> samples)
    {
        var i = 0;
        for (; i <= samples.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(bytes[i..]), out var low, out var high);
            Store(Vector.AsVectorInt16(low) - new Vector<short>(128), 1 / 128f, samples[i..]);
            Store(Vector.AsVectorInt16(high) - new Vector<short>(128), 1 / 128f, samples[(i + Vector<short>.Count)..]);
        }

        for (; i < samples.Length; i++)
            samples[i] = (bytes[i] - 128) / 128f;
    }

    private static void DecodeShorts(ReadOnlySpan<short> values, Span<float> samples)
    {
        var i = 0;
        for (; i <= samples.Length - Vector<short>.Count; i += Vector<short>.Count)
            Store(new Vector<short>(values[i..]), 1 / 32_768f, samples[i..]);
        for (; i < samples.Length; i++)
            samples[i] = values[i] / 32_768f;
    }

    // Four samples are 12 of 16 bytes; each goes to the upper three bytes of an integer, which brings its sign to where it belongs.
    private static void DecodeTriples(ReadOnlySpan<byte> bytes, Span<float> samples)
    {
        var places = Vector128.Create((byte)255, 0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11);
        var i = 0;
        for (; i <= samples.Length - 6; i += 4) // 6 samples are 18 bytes, so that 16 can be loaded
        {
            var four = Vector128.Shuffle(Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(bytes), (nuint)(3 * i)), places).AsInt32();
            (Vector128.ConvertToSingle(four) * (1 / 2_147_483_648f)).CopyTo(samples[i..]);
        }

        for (; i < samples.Length; i++)
            samples[i] = (bytes[3 * i] << 8 | bytes[3 * i + 1] << 16 | bytes[3 * i + 2] << 24) * (1 / 2_147_483_648f);
    }

    private static void DecodeInts(ReadOnlySpan<int> values, Span<float> samples)
    {
        var i = 0;
        for (; i <= samples.Length - Vector<int>.Count; i += Vector<int>.Count)
            (Vector.ConvertToSingle(new Vector<int>(values[i..])) * (1 / 2_147_483_648f)).CopyTo(samples[i..]);
        for (; i < samples.Length; i++)
            samples[i] = values[i] * (1 / 2_147_483_648f);
    }

    private static void DecodeDoubles(ReadOnlySpan<double> values, Span<float> samples)
    {
        var i = 0;
        for (; i <= samples.Length - Vector<float>.Count; i += Vector<float>.Count)
            Vector.Narrow(new Vector<double>(values[i..]), new Vector<double>(values[(i + Vector<double>.Count)..])).CopyTo(samples[i..]);
        for (; i < samples.Length; i++)
            samples[i] = (float)values[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector<short> values, float scale, Span<float> samples)
    {
        Vector.Widen(values, out var low, out var high);
        (Vector.ConvertToSingle(low) * scale).CopyTo(samples);
        (Vector.ConvertToSingle(high) * scale).CopyTo(samples[Vector<int>.Count..]);
    }
}
