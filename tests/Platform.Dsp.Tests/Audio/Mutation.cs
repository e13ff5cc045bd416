using System.Buffers.Binary;

namespace Platform.Dsp.Tests;

/// <summary>Damages files as disks, networks and attackers do. Same seed, same damage.</summary>
internal sealed class Mutation(int seed)
{
    private static readonly uint[] Telling = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF];

    private readonly Random _random = new(seed);

    internal byte[] Of(byte[] file)
    {
        var damaged = (byte[])file.Clone();
        for (var steps = _random.Next(1, 6); steps > 0 && damaged.Length > 8; steps--)
            damaged = Step(damaged);
        return damaged;
    }

    /// <summary>Anything, mostly behind a beginning that is believed.</summary>
    internal byte[] Noise(ReadOnlySpan<byte> beginning)
    {
        var noise = new byte[_random.Next(0, 600)];
        _random.NextBytes(noise);
        return _random.Next(8) == 0 ? noise : [.. beginning, .. noise];
    }

    private byte[] Step(byte[] file)
    {
        // Headers decide the most, and most files are all samples.
        var at = _random.Next(2) == 0 ? _random.Next(Math.Min(file.Length - 4, 200)) : _random.Next(file.Length - 4);
        var count = _random.Next(1, Math.Min(64, file.Length - at));
        switch (_random.Next(7))
        {
            case 0:
                file[at] ^= (byte)(1 << _random.Next(8));
                return file;
            case 1:
                _random.NextBytes(file.AsSpan(at, count));
                return file;
            case 2:
                BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), Telling[_random.Next(Telling.Length)]);
                return file;
            case 3:
                BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at), Telling[_random.Next(Telling.Length)]);
                return file;
            case 4:
                return file[..at];
            case 5:
                return [.. file[..at], .. file[(at + count)..]];
            default:
                var from = _random.Next(file.Length - count);
                return [.. file[..at], .. file[from..(from + count)], .. file[at..]];
        }
    }
}
