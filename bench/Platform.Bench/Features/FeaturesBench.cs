using System.CommandLine;

namespace Platform.Bench.Features;

/// <summary><c>bench features</c>: the mel kernel against NumPy, and the service against real time.</summary>
internal static class FeaturesBench
{
    public static Command Create(Option<bool> json)
    {
        var rounds = new Option<int>("--rounds") { Description = "Turns that ours and the peer take.", DefaultValueFactory = _ => 15 };
        var command = new Command("features", "Mel patches against the NumPy equivalent; headline row first.") { rounds };
        command.SetAction(parse =>
        {
            var missed = 0;
            foreach (var row in MelRows.Measure(parse.GetValue(rounds)))
            {
                row.Print(parse.GetValue(json));
                missed += row.Holds ? 0 : 1;
            }

            return missed == 0 ? 0 : 1;
        });
        return command;
    }
}
