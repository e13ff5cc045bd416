namespace Platform.Dsp;

/// <summary>A program that decodes is not installed here; the audio may be fine, so nothing may be decided about it.</summary>
public sealed class DecoderMissingException(string program, Exception? inner = null) : Exception(
    $"The program '{program}' is needed to decode everything but WAV and is not on the PATH of this process. " +
    $"Install it (Debian: apt-get install --no-install-recommends {(program == "ffmpeg" ? "ffmpeg" : "util-linux")}).", inner)
{
    public string Program { get; } = program;
}
