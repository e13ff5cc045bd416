using System.Text.Json;
using System.Text.RegularExpressions;
using Platform.Registry.Policies;
using Platform.Registry.Scopes;

namespace Platform.Registry.Runs;

/// <summary>Body of <c>POST /runs</c>. Which fields a mode takes is decided by <see cref="ScopeResolver"/>.</summary>
/// <param name="Parameters">Read as JSON, because a field that is given wins over the policies and one that is not leaves it to them.</param>
internal sealed partial record RunRequest(
    string? Mode = null,
    string? Device = null,
    IReadOnlyList<string>? Devices = null,
    string? MachineType = null,
    string? Site = null,
    IReadOnlyList<string>? Sites = null,
    string? Aggregation = null,
    string? ModelType = null,
    string? Name = null,
    Guid? BatchId = null,
    JsonElement? Parameters = null)
{
    private const string NamePattern = "[A-Za-z0-9][A-Za-z0-9._-]{0,127}";

    public ScopeSelection Selection => new(Mode, Device, MachineType, Site, Sites, Devices, Aggregation, ModelType);

    /// <summary>What is wrong with the name and the fields of the parameters; ranges are checked when the policies have had their say.</summary>
    public Dictionary<string, string> Check(out PartialParameters parameters)
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        parameters = ParameterFields.OfRun.Read(Parameters, errors);
        if (Name is null)
            return errors;

        // The name becomes an object key; and a name that reads as an id would make GET /runs/{idOrName} ambiguous.
        if (!NameShape().IsMatch(Name))
            errors["name"] = $"'{Name}' is not allowed; allowed is {NamePattern}.";
        else if (Guid.TryParse(Name, out _))
            errors["name"] = $"'{Name}' reads as a run id; choose another name.";
        return errors;
    }

    [GeneratedRegex(@"^" + NamePattern + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex NameShape();
}
