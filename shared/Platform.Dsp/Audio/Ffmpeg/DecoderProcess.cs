using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Platform.Dsp;

/// <summary>
/// A decoder as child process: one thread feeds it, its complaints are collected, and a watch ends it when it takes more than it may.
/// </summary>
internal sealed partial class DecoderProcess : IDisposable
{
    private const int MaxComplaint = 4 * 1024;
    private const int Kill = 9;
    private static readonly TimeSpan WatchPeriod = TimeSpan.FromMilliseconds(250);

    /// <summary>Without a byte in or out, although nobody but the decoder is waited for; then the machine is at fault, not the audio.</summary>
    private static readonly TimeSpan StallLimit = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Stream _input;
    private readonly AudioLimits _limits;
    private readonly Thread _feeder;
    private readonly Task<string> _complaint;
    private readonly Timer _watch;
    private long _lastProgress = Stopwatch.GetTimestamp();
    private volatile bool _readingInput;
    private volatile bool _awaited;
    private volatile bool _disposed;

    internal DecoderProcess(ProcessStartInfo start, Stream input, AudioLimits limits)
    {
        (_input, _limits) = (input, limits);
        try
        {
            _process = DecoderSpawner.Start(start);
        }
        catch (Win32Exception error)
        {
            throw new DecoderMissingException(start.FileName, error);
        }

        _complaint = Task.Run(() => Collect(_process.StandardError));
        _feeder = new Thread(Feed) { IsBackground = true, Name = "decoder feeder" };
        _feeder.Start();
        _watch = new Timer(_ => Watch(), null, WatchPeriod, WatchPeriod);
    }

    internal Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Bytes of the recording that the decoder has been given.</summary>
    internal long BytesFed { get; private set; }

    /// <summary>Seconds of audio that came out, which earn it more processor time.</summary>
    internal double SecondsGiven { get; set; }

    /// <summary>Why the input could not be read; null when it could.</summary>
    internal Exception? InputFailure { get; private set; }

    /// <summary>It was ended for taking more processor time than its audio is worth.</summary>
    internal bool TooSlow { get; private set; }

    internal bool Stalled { get; private set; }

    /// <summary>What it wrote to its standard error, in one line; complete once it has ended.</summary>
    internal string Complaint => _complaint.Result;

    /// <summary>Marks that somebody waits for output.</summary>
    internal void Await(bool awaited)
    {
        Volatile.Write(ref _lastProgress, Stopwatch.GetTimestamp());
        _awaited = awaited;
    }

    /// <summary>Waits for its end, which is near once its output has ended, and gives the exit code (128 + signal).</summary>
    internal int WaitForEnd()
    {
        _process.WaitForExit();
        _feeder.Join();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _watch.Dispose();
        KillGroup();
        WaitForEnd();
        _complaint.Wait();
        _process.Dispose();
    }

    private void Feed()
    {
        var block = new byte[64 * 1024];
        var target = _process.StandardInput.BaseStream;
        try
        {
            while (!_disposed && ReadInput(block) is > 0 and var count)
            {
                target.Write(block, 0, count);
                BytesFed += count;
                Volatile.Write(ref _lastProgress, Stopwatch.GetTimestamp());
            }
        }
        catch (IOException)
        {
            // It has ended, or needs no more; what it says and how it ended tells which.
        }

        CloseInput(target);
    }

    private int ReadInput(byte[] block)
    {
        _readingInput = true;
        try
        {
            return _input.Read(block);
        }
        catch (Exception error)
        {
            InputFailure = error; // handed to whoever reads the audio: what came so far must not pass for all
            KillGroup();
            return 0;
        }
        finally
        {
            _readingInput = false;
        }
    }

    private static void CloseInput(Stream target)
    {
        try
        {
            target.Dispose();
        }
        catch (IOException)
        {
            // Nobody is left to take what was buffered.
        }
    }

    private void Watch()
    {
        try
        {
            if (_process.TotalProcessorTime.TotalSeconds > _limits.Time.TotalSeconds + SecondsGiven / FfmpegCommand.MinSpeed)
                TooSlow = true;
            else if (_awaited && !_readingInput && Stopwatch.GetElapsedTime(Volatile.Read(ref _lastProgress)) > StallLimit)
                Stalled = true;
            else
                return;
            KillGroup();
        }
        catch (InvalidOperationException)
        {
            // It has ended meanwhile.
        }
    }

    // It leads its own session, so its number is that of its group, or will be in a moment.
    private void KillGroup()
    {
        if (!_process.HasExited && kill(-_process.Id, Kill) != 0)
            _ = kill(_process.Id, Kill);
    }

    private static async Task<string> Collect(StreamReader complaints)
    {
        var kept = new StringBuilder();
        while (await complaints.ReadLineAsync() is { } line)
        {
            // The cache says this of every pipe.
            if (!line.StartsWith("[cache @", StringComparison.Ordinal) && !line.Contains("Last message repeated", StringComparison.Ordinal)
                && kept.Length < MaxComplaint)
            {
                kept.Append(kept.Length == 0 ? "" : " | ").Append(line.AsSpan(0, Math.Min(line.Length, 256)).Trim());
            }
        }

        return kept.ToString();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int kill(int pid, int signal);
}
