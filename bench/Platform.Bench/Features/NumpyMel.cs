using System.Diagnostics;
using System.Globalization;

namespace Platform.Bench.Features;

/// <summary>The peer in a process of its own, asked for one pass at a time.</summary>
internal sealed class NumpyMel : IDisposable
{
    private readonly Process _process;

    public NumpyMel(string signalFile, int nFft, int hopLength, int nMels)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "peers", "mel_numpy.py");
        var start = new ProcessStartInfo("/usr/bin/python3")
        {
            ArgumentList = { script, signalFile, Text(nFft), Text(hopLength), Text(nMels) },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start.");
    }

    /// <summary>Seconds of one pass, and the sum of its levels.</summary>
    public (double Seconds, double Sum) Pass()
    {
        _process.StandardInput.WriteLine();
        _process.StandardInput.Flush();
        var answer = _process.StandardOutput.ReadLine()?.Split(' ')
            ?? throw new InvalidOperationException("The NumPy peer ended; is python3-numpy installed?");
        return (Number(answer[0]), Number(answer[1]));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
