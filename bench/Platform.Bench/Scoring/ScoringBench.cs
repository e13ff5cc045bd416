using System.CommandLine;
using Platform.Bench.Serving;

namespace Platform.Bench.Scoring;

/// <summary><c>bench scoring</c>: how many patches one replica scores, and how long one recording takes.</summary>
internal static class ScoringBench
{
    public static Command Create(Option<bool> json)
    {
        var recordings = new Option<int>("--recordings") { Description = "One-minute recordings that wait to be scored.", DefaultValueFactory = _ => 600 };
        var uploads = new Option<int>("--uploads") { Description = "Recordings of 10 s that are uploaded, and as many again that are posted, one after the other.", DefaultValueFactory = _ => 300 };
        var command = new Command("scoring", "Patches per second of one replica, and latencies of one recording of 10 s.") { recordings, uploads };
        command.SetAction(async (parse, cancellationToken) =>
        {
            using var servers = BenchServers.Start();
            await using var platform = await BenchPredictors.Start(replicas: 1, TimeSpan.Zero, cancellationToken);
            var holds = true;
            foreach (var measure in (Func<Task<IReadOnlyList<Row>>>[])
            [
                async () => [await ThroughputRow.Measure(platform, devices: 10, parse.GetValue(recordings), cancellationToken)],
                async () => [await PostRow.Measure(platform, parse.GetValue(uploads), cancellationToken)],
                () => SharedPassRows.Measure(platform, cancellationToken),
                async () => [await UploadRow.Measure(platform, parse.GetValue(uploads), cancellationToken)],
            ])
            {
                foreach (var row in await measure())
                {
                    row.Print(parse.GetValue(json));
                    holds &= row.Holds;
                }
            }

            return holds ? 0 : 1;
        });
        return command;
    }
}
