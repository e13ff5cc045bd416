using System.Buffers.Binary;
using System.Security.Cryptography;
using Platform.Dsp;

namespace Platform.Features.Datasets;

/// <summary>
/// Draws recordings until there are so many hours of audio. The order of the draw is that of SHA-256 over seed and recording id, so it is the
/// same on every machine, whatever order the recordings come in, and a recording that comes later does not reorder the others.
/// </summary>
internal static class HoursDraw
{
    private const double SecondsPerHour = 3_600;

    /// <summary>
    /// Each device gives an equal share of the hours; what one does not have is shared by the others. A device stops with the recording that
    /// fills its share, so it gives at least one.
    /// </summary>
    internal static IReadOnlySet<Guid> Draw(IReadOnlyList<EligibleSet> candidates, Extraction extraction, double hours, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hours);
        var devices = candidates
            .GroupBy(set => set.Device, StringComparer.Ordinal)
            .Select(device => (Name: device.Key, Sets: device.ToList(), Seconds: device.Sum(set => set.SecondsUnder(extraction))))
            .OrderBy(device => device.Seconds).ThenBy(device => device.Name, StringComparer.Ordinal)
            .ToList();

        var drawn = new HashSet<Guid>();
        var left = hours * SecondsPerHour;
        for (var i = 0; i < devices.Count; i++)
        {
            // The poorest device first: what it cannot fill goes to those after it.
            var share = left / (devices.Count - i);
            left -= Math.Min(share, devices[i].Seconds);
            var seconds = 0.0;
            foreach (var set in devices[i].Sets.OrderBy(set => Rank(set.RecordingId, seed), StringComparer.Ordinal).TakeWhile(_ => seconds < share))
            {
                drawn.Add(set.RecordingId);
                seconds += set.SecondsUnder(extraction);
            }
        }

        return drawn;
    }

    private static string Rank(Guid recordingId, long seed)
    {
        Span<byte> text = stackalloc byte[8 + 16];
        BinaryPrimitives.WriteInt64BigEndian(text, seed);
        recordingId.TryWriteBytes(text[8..], bigEndian: true, out _);
        return Convert.ToHexStringLower(SHA256.HashData(text));
    }
}
