using System.Globalization;

namespace Platform.Dsp;

/// <summary>How much one recording may cost to decode.</summary>
public sealed record AudioLimits
{
    public static AudioLimits Default { get; } = new();

    /// <summary>Processor time that a decoder may use, in addition to a tenth of the duration of the audio that it gives.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Bytes that a decoder may allocate; Debian's ffmpeg reserves 310 MiB, of which it touches 60, before it does anything.</summary>
    public long Memory { get; init; } = 512L * 1024 * 1024;

    /// <summary>Longer recordings are refused.</summary>
    public TimeSpan MaxDuration { get; init; } = TimeSpan.FromHours(24);

    internal static AudioFormatException TooLong(TimeSpan allowed) => new(AudioFault.Unsupported, string.Create(
        CultureInfo.InvariantCulture, $"The recording is longer than {allowed.TotalSeconds} s, which is the most that is allowed; split it."));
}
