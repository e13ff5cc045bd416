using System.CommandLine;

namespace Platform.Bench.Features;

/// <summary><c>bench features</c>: the mel kernel against NumPy, and the service against real time.</summary>
internal static class FeaturesBench
{
    public static Command Create(Option<bool> json)
    {
        var rounds = new Option<int>("--rounds") { Description = "Turns that ours and the peer take.", DefaultValueFactory = _ => 15 };
        var kernel = new Option<bool>("--kernel") { Description = "Leave out the service, which needs servers and a minute." };
        var command = new Command("features", "Mel patches against the NumPy equivalent; headline row first.") { rounds, kernel };
        command.SetAction(async (parse, _) =>
        {
            var held = true;
            foreach (var row in MelRows.Measure(parse.GetValue(rounds)))
                Print(row);
            if (!parse.GetValue(kernel))
                Print(await FolderRow.Measure());
            return held ? 0 : 1;

            void Print(Row row)
            {
                row.Print(parse.GetValue(json));
                held &= row.Holds;
            }
        });
        return command;
    }
}
