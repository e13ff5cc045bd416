namespace Platform.Dsp;

/// <summary>Audio cannot be turned into patches, now or later; the message names the byte, field or value and what is allowed.</summary>
public sealed class AudioFormatException : Exception
{
    public AudioFormatException(AudioFault fault, string message) : base(message) => Fault = fault;

    public AudioFormatException(AudioFault fault, string message, Exception inner) : base(message, inner) => Fault = fault;

    public AudioFault Fault { get; }

    /// <summary>How long the recording is, where that is what is wrong with it.</summary>
    public TimeSpan? Duration { get; init; }
}

/// <summary>Why audio is refused.</summary>
public enum AudioFault
{
    /// <summary>The bytes contradict their own format.</summary>
    Corrupt,

    /// <summary>The bytes may be fine, but it is a format that is not read.</summary>
    Unsupported,

    /// <summary>The extraction takes a channel that the recording does not have: the audio is sound, and another extraction may take it.</summary>
    MissingChannel,

    /// <summary>Shorter than one window of the extraction.</summary>
    TooShort,
}
