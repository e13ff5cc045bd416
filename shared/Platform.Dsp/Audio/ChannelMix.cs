using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Platform.Dsp;

/// <summary>
/// Interleaved sample frames to one channel: one of them, or the mean of all. Shapes: [frames, channels] in, [frames] out.
/// </summary>
/// <remarks>
/// The mean adds neighbours pairwise while the number of channels is even, then from left to right, and multiplies by 1 / channels; so
/// it does not depend on how the frames are cut into blocks. Thread-safe.
/// </remarks>
internal sealed class ChannelMix
{
    private readonly int _channels;
    private readonly int? _index;

    /// <exception cref="AudioFormatException">There is no such channel.</exception>
    internal ChannelMix(int channels, Extraction extraction)
    {
        if (extraction.ChannelIndex >= channels)
        {
            throw new AudioFormatException(AudioFault.MissingChannel, string.Create(CultureInfo.InvariantCulture,
                $"The spec takes channel {extraction.ChannelIndex}, the recording has channels 0 to {channels - 1}."));
        }

        (_channels, _index) = (channels, extraction.ChannelIndex);
    }

    /// <param name="interleaved">Whole sample frames; used as scratch, so its content is lost.</param>
    internal void Apply(Span<float> interleaved, Span<float> mono)
    {
        if (_index is { } index)
        {
            for (var i = 0; i < mono.Length; i++)
                mono[i] = interleaved[i * _channels + index];
            return;
        }

        var left = _channels;
        for (; left % 2 == 0; left /= 2)
            AddPairs(interleaved[..(mono.Length * left)]);
        var scale = 1f / _channels;
        for (var i = 0; i < mono.Length; i++)
        {
            var sum = interleaved[i * left];
            for (var channel = 1; channel < left; channel++)
                sum += interleaved[i * left + channel];
            mono[i] = sum * scale;
        }
    }

    // Two neighbouring floats are one 64-bit lane: its halves are taken apart by narrowing. Writes behind what it reads.
    private static void AddPairs(Span<float> values)
    {
        var pairs = MemoryMarshal.Cast<float, ulong>(values);
        var i = 0;
        for (; i <= pairs.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var (low, high) = (new Vector<ulong>(pairs[i..]), new Vector<ulong>(pairs[(i + Vector<ulong>.Count)..]));
            var even = Vector.AsVectorSingle(Vector.Narrow(low, high));
            var odd = Vector.AsVectorSingle(Vector.Narrow(low >> 32, high >> 32));
            (even + odd).CopyTo(values[i..]);
        }

        for (; i < pairs.Length; i++)
            values[i] = values[2 * i] + values[2 * i + 1];
    }
}
