using System.Globalization;

namespace Platform.Dsp;

/// <summary>How much one recording may cost to decode.</summary>
public sealed record AudioLimits
{
    public static AudioLimits Default { get; } = new();

    /// <summary>Processor time that a decoder may use, in addition to what the audio that it gives is worth.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Bytes of memory that a decoder may allocate.</summary>
    public long Memory { get; init; } = 384L * 1024 * 1024;

    /// <summary>Longer recordings are refused.</summary>
    public TimeSpan MaxDuration { get; init; } = TimeSpan.FromHours(24);

    internal static AudioFormatException TooLong(TimeSpan allowed) => new(AudioFault.Unsupported, string.Create(
        CultureInfo.InvariantCulture, $"The recording is longer than {allowed.TotalSeconds} s, which is the most that is allowed; split it."));
}
