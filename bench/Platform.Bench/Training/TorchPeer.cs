using System.Diagnostics;
using System.Globalization;

namespace Platform.Bench.Training;

/// <summary>PyTorch in a process of its own, asked for one epoch at a time.</summary>
internal sealed class TorchPeer : IDisposable
{
    private readonly Process _process;

    /// <summary>The interpreter that has PyTorch: Debian's, unless the environment names another, such as that of a wheel.</summary>
    public static string Python { get; } = Environment.GetEnvironmentVariable("PLATFORM_PYTHON") is { Length: > 0 } python ? python : "/usr/bin/python3";

    public TorchPeer(string folder, int batchSize, double learningRate, int threads, IEnumerable<int> channels)
    {
        var start = new ProcessStartInfo(Python)
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "peers", "train_torch.py"), folder, Text(batchSize), Text(learningRate), Text(threads),
            },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var size in channels)
            start.ArgumentList.Add(Text(size));
        _process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start.");
    }

    /// <summary>Seconds of one epoch over the patches in this order, and their mean loss.</summary>
    public (double Seconds, double Loss) Epoch(IEnumerable<int> order)
    {
        _process.StandardInput.WriteLine(string.Join(' ', order));
        _process.StandardInput.Flush();
        var answer = _process.StandardOutput.ReadLine()?.Split(' ')
            ?? throw new InvalidOperationException("The PyTorch peer ended; is python3-torch installed?");
        return (double.Parse(answer[0], CultureInfo.InvariantCulture), double.Parse(answer[1], CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
