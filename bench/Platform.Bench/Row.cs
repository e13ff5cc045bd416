using System.Globalization;
using System.Text.Json;

namespace Platform.Bench;

/// <summary>Which side of its limit a ratio must stay on.</summary>
internal enum Better
{
    Higher,
    Lower,
}

/// <summary>One comparison; it fails when <paramref name="Ratio"/> is on the worse side of <paramref name="Limit"/>.</summary>
/// <param name="Ratio">How many times better ours is, or, where <paramref name="Better"/> is lower, what part of the peer's ours needs.</param>
internal sealed record Row(string Name, double Ours, double Peer, string Unit, double Ratio, double Limit, Better Better = Better.Higher)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public bool Holds => Better == Better.Higher ? Ratio >= Limit : Ratio <= Limit;

    public void Print(bool json) => Console.WriteLine(json
        ? JsonSerializer.Serialize(new { Name, Ours = Math.Round(Ours, 4), Peer = Math.Round(Peer, 4), Unit, Ratio = Math.Round(Ratio, 3), Limit, Better = Better == Better.Higher ? "higher" : "lower" }, Options)
        : string.Create(CultureInfo.InvariantCulture,
            $"{Name,-44} ours {Ours,9:0.###} {Unit}   peer {Peer,9:0.###} {Unit}   ratio {Ratio,7:0.00}   {(Better == Better.Higher ? "at least" : "at most")} {Limit:0.##}   {(Holds ? "ok" : "MISSED")}"));
}
