using System.Globalization;
using System.Text.Json;

namespace Platform.Bench;

/// <summary>One comparison. <paramref name="Ratio"/> says how many times better ours is; below <paramref name="Limit"/> it is a failure.</summary>
internal sealed record Row(string Name, double Ours, double Peer, string Unit, double Ratio, double Limit)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public bool Holds => Ratio >= Limit;

    public void Print(bool json) => Console.WriteLine(json
        ? JsonSerializer.Serialize(new { Name, Ours = Math.Round(Ours, 4), Peer = Math.Round(Peer, 4), Unit, Ratio = Math.Round(Ratio, 3), Limit }, Options)
        : string.Create(CultureInfo.InvariantCulture,
            $"{Name,-44} ours {Ours,9:0.###} {Unit}   peer {Peer,9:0.###} {Unit}   ratio {Ratio,7:0.00}   limit {Limit:0.##}   {(Holds ? "ok" : "MISSED")}"));
}
