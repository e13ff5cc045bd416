using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Platform.Contracts;

namespace Platform.Registry.Policies;

/// <summary>Which fields may be given where, and of which type they are: those of <see cref="TrainingParameters"/>, found there.</summary>
internal sealed class ParameterFields
{
    /// <summary>Policies only: the platform trains the device by itself (first model as soon as there is data, then by schedule).</summary>
    public const string AutoTrain = "autoTrain";

    /// <summary>Policies only: a deployment whose false alarms or median score leave their band is rolled back by itself.</summary>
    public const string RollbackOnDrift = "rollbackOnDrift";

    /// <summary>What a request or a schedule may say about one run.</summary>
    public static ParameterFields OfRun { get; } = new(Known());

    /// <summary>
    /// What holds for all runs of a device or more: not which mode a run has nor which days it takes, as those are of the one run.
    /// </summary>
    public static ParameterFields OfPolicy { get; } = new(
        Known()
            .Where(field => field.Name is not ("mode" or "fromDay" or "toDay"))
            .Append(new Field(AutoTrain, typeof(bool), MayBeNull: false))
            .Append(new Field(RollbackOnDrift, typeof(bool), MayBeNull: false)));

    private readonly Dictionary<string, Field> fields;

    private ParameterFields(IEnumerable<Field> fields) =>
        this.fields = fields.ToDictionary(field => field.Name, StringComparer.OrdinalIgnoreCase);

    private sealed record Field(string Name, Type Type, bool MayBeNull);

    public IEnumerable<string> Names => fields.Values.Select(known => known.Name);

    /// <summary>Reads an object of fields; what is wrong with it is added to <paramref name="errors"/> under <c>parameters.{field}</c>.</summary>
    /// <param name="nullTakesAway">In a merge patch null is allowed for every field.</param>
    public PartialParameters Read(JsonElement? given, IDictionary<string, string> errors, bool nullTakesAway = false, string path = "parameters")
    {
        if (given is null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined })
            return PartialParameters.None;
        if (given.Value.ValueKind != JsonValueKind.Object)
        {
            errors[path] = $"it is a JSON {Kind(given.Value)}; allowed is an object of parameters.";
            return PartialParameters.None;
        }

        var read = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in given.Value.EnumerateObject())
        {
            if (!fields.TryGetValue(property.Name, out var field))
                errors[$"{path}.{property.Name}"] = $"there is no such parameter here; allowed are {string.Join(", ", Names.Order(StringComparer.Ordinal))}.";
            else if (property.Value.ValueKind == JsonValueKind.Null && (nullTakesAway || field.MayBeNull))
                read[field.Name] = property.Value;
            else if (TryConvert(property.Value, field, out var value))
                read[field.Name] = value;
            else
                errors[$"{path}.{field.Name}"] = $"'{property.Value}' is not allowed; it takes {Describe(field.Type)}.";
        }

        return new(read);
    }

    /// <summary>Through the field's own type, so that <c>"8"</c> and <c>8.0</c> are stored as the number that they mean.</summary>
    private static bool TryConvert(JsonElement given, Field field, out JsonElement value)
    {
        value = default;
        if (given.ValueKind == JsonValueKind.Null)
            return false;
        try
        {
            value = JsonSerializer.SerializeToElement(given.Deserialize(field.Type, JsonSerializerOptions.Web), field.Type, JsonSerializerOptions.Web);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static IEnumerable<Field> Known()
    {
        var nullability = new NullabilityInfoContext();
        return JsonSerializerOptions.Web.GetTypeInfo(typeof(TrainingParameters)).Properties.Select(property => new Field(
            property.Name,
            property.PropertyType,
            nullability.Create((PropertyInfo)property.AttributeProvider!).ReadState == NullabilityState.Nullable));
    }

    private static string Describe(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
    {
        TypeCode.Boolean => "true or false",
        TypeCode.String => "a text",
        TypeCode.Double => "a number",
        _ => "a whole number",
    };

    private static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => "array",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "number",
        _ => "truth value",
    };
}
