using System.Diagnostics;
using System.Globalization;

namespace Platform.Bench.Training;

/// <summary>The Python job as a process of its own, from its start to its end.</summary>
internal static class WholeJobPeer
{
    public static async Task<WholeJobTurn> Run(string recordings, WholeJobBudget budget, int seed, CancellationToken cancellationToken)
    {
        var work = Directory.CreateTempSubdirectory("platform-bench-");
        try
        {
            var start = new ProcessStartInfo(TorchPeer.Python) { RedirectStandardOutput = true };
            IFormattable[] numbers = [budget.Epochs, budget.BatchSize, budget.LearningRate, budget.Threads, seed];
            string[] arguments =
            [
                Path.Combine(AppContext.BaseDirectory, "peers", "whole_job.py"), recordings, work.FullName,
                .. numbers.Concat(budget.Channels.Cast<IFormattable>()).Select(number => number.ToString(null, CultureInfo.InvariantCulture)),
            ];
            foreach (var argument in arguments)
                start.ArgumentList.Add(argument);

            var started = Stopwatch.GetTimestamp();
            using var process = Process.Start(start) ?? throw new InvalidOperationException("python3 did not start.");
            var answer = (await process.StandardOutput.ReadToEndAsync(cancellationToken)).Split(' ');
            await process.WaitForExitAsync(cancellationToken);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (process.ExitCode != 0 || answer.Length != 7)
                throw new InvalidOperationException($"The Python job ended with exit code {process.ExitCode}; are python3-torch and python3-numpy installed?");

            var parts = answer[2..].Select(part => double.Parse(part, CultureInfo.InvariantCulture)).ToArray();
            return new WholeJobTurn(
                seconds, int.Parse(answer[0], CultureInfo.InvariantCulture), int.Parse(answer[1], CultureInfo.InvariantCulture),
                $"imports {parts[0]:0.0}, features {parts[1]:0.0}, training {parts[2]:0.0}, threshold and files {parts[3]:0.0}; CPU {parts[4]:0.0}");
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }
}
