using System.Diagnostics;
using System.Globalization;

namespace Platform.Dsp;

/// <summary>The command line of a decoder that can reach nothing but its pipes.</summary>
/// <remarks>
/// <para>Protocols and demuxers are white-listed by the format that the first bytes show, so a file cannot name another file, a playlist or an
/// address; tracks that lie elsewhere (mov's data references) stay off. An MP4 may keep its index at the end: <c>cache:</c> then spools
/// the pipe to a nameless temporary file of ffmpeg's own, which is no larger than the recording.</para>
/// <para>The chain of programs becomes ffmpeg, in its own session, without core dumps or new privileges, and dies with us.</para>
/// </remarks>
internal static class FfmpegCommand
{
    private static readonly string[] Programs = ["setsid", "prlimit", "setpriv", "ffmpeg"];

    /// <summary>Seconds of audio that each second of processor time must yield once <see cref="AudioLimits.Time"/> is used up; hundreds are usual.</summary>
    internal const double MinSpeed = 10;

    /// <exception cref="DecoderMissingException">A program of the chain is not installed.</exception>
    internal static ProcessStartInfo For(AudioFormat format, AudioLimits limits)
    {
        var searched = Environment.GetEnvironmentVariable("PATH") ?? "";
        foreach (var program in Programs)
        {
            if (!searched.Split(':').Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program))))
                throw new DecoderMissingException(program);
        }

        var start = new ProcessStartInfo("setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };

        // Nothing of our environment is for it: it holds secrets, and FFREPORT or a proxy would change what it does. Without the last one,
        // a BLAS that comes with Debian's libavfilter reserves memory per core.
        start.Environment.Clear();
        start.Environment["PATH"] = searched;
        start.Environment["OPENBLAS_NUM_THREADS"] = "1";

        var absoluteSeconds = Math.Ceiling(limits.Time.TotalSeconds + limits.MaxDuration.TotalSeconds / MinSpeed);
        Add("prlimit", Text($"--data={limits.Memory}"), Text($"--cpu={absoluteSeconds}"), "--core=0");
        Add("setpriv", "--pdeathsig", "KILL", "--no-new-privs", "--", "ffmpeg");
        Add("-nostdin", "-hide_banner", "-nostats", "-v", "error", "-threads", "1", "-filter_threads", "1");
        var demuxers = Demuxers(format);
        Add("-format_whitelist", demuxers);
        if (!demuxers.Contains(','))
            Add("-f", demuxers);
        if (demuxers == "mov")
            Add("-enable_drefs", "0", "-use_absolute_path", "0", "-protocol_whitelist", "pipe,cache", "-read_ahead_limit", "-1", "-i", "cache:pipe:0");
        else
            Add("-protocol_whitelist", "pipe,fd", "-i", "pipe:0");
        Add("-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-c:a", "pcm_f32le", "-f", "wav", "pipe:1");
        return start;

        void Add(params ReadOnlySpan<string> arguments)
        {
            foreach (var argument in arguments)
                start.ArgumentList.Add(argument);
        }
    }

    private static string Demuxers(AudioFormat format) => format.Extension switch
    {
        "mp4" => "mov",
        "ogg" or "opus" => "ogg",
        "mkv" => "matroska",
        "mp3" => "mp3,aac,flac", // an ID3 tag may stand before any of them
        _ => format.Extension,
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
