using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Platform.Registry.Shadows;

/// <summary>Which devices a shadow is for; pure.</summary>
internal static class ShadowDevices
{
    /// <summary>
    /// A share of the devices, rounded up: those with the lowest hash of their code. The same devices whoever asks and whenever, and those of
    /// a smaller share are among those of a larger one, so that a shadow can be widened without losing what was compared.
    /// </summary>
    /// <param name="share">Above 0, at most 1.</param>
    public static IReadOnlyList<string> Share(IReadOnlyCollection<string> devices, double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);

        // 0.2 of 15 is 3, although 0.2 * 15 is a little more in binary.
        var count = (int)Math.Ceiling(Math.Round(share * devices.Count, 9));
        return [.. devices.OrderBy(Hash).ThenBy(device => device, StringComparer.Ordinal).Take(Math.Max(count, 1)).Order(StringComparer.Ordinal)];
    }

    private static ulong Hash(string device) => BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(device)));
}
