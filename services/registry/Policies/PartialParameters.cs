using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Platform.Registry.Policies;

/// <summary>
/// Some of the fields of <see cref="Platform.Contracts.TrainingParameters"/> with their values: what one level of policies, a request or a
/// schedule says, as opposed to what it leaves to others. Values are of the right type; whether they are in range is for
/// <see cref="Runs.TrainingParameterRules"/> to say, once all of them are together.
/// </summary>
[JsonConverter(typeof(PartialParametersConverter))]
internal sealed class PartialParameters
{
    public static PartialParameters None { get; } = new(new Dictionary<string, JsonElement>());

    private readonly IReadOnlyDictionary<string, JsonElement> values;

    public PartialParameters(IReadOnlyDictionary<string, JsonElement> values) => this.values = values;

    public IEnumerable<string> Fields => values.Keys;

    public int Count => values.Count;

    public JsonElement this[string field] => values[field];

    public bool Says(string field) => values.ContainsKey(field);

    /// <summary>A JSON merge patch (RFC 7396): what <paramref name="patch"/> has replaces, null takes away, the rest stays.</summary>
    public PartialParameters Merge(PartialParameters patch)
    {
        var merged = new Dictionary<string, JsonElement>(values, StringComparer.Ordinal);
        foreach (var field in patch.Fields)
        {
            if (patch[field].ValueKind == JsonValueKind.Null)
                merged.Remove(field);
            else
                merged[field] = patch[field];
        }

        return new(merged);
    }

    public PartialParameters With(string field, object value)
    {
        var changed = new Dictionary<string, JsonElement>(values, StringComparer.Ordinal) { [field] = JsonSerializer.SerializeToElement(value, JsonSerializerOptions.Web) };
        return new(changed);
    }

    public void CopyTo(JsonObject target, string field) => target[field] = JsonNode.Parse(values[field].GetRawText());
}

/// <summary>A plain JSON object; what comes from people is read by <see cref="ParameterFields.Read"/>, which says what is wrong with it.</summary>
internal sealed class PartialParametersConverter : JsonConverter<PartialParameters>
{
    public override PartialParameters Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return new(document.RootElement.EnumerateObject().ToDictionary(field => field.Name, field => field.Value.Clone(), StringComparer.Ordinal));
    }

    public override void Write(Utf8JsonWriter writer, PartialParameters value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var field in value.Fields.Order(StringComparer.Ordinal))
        {
            writer.WritePropertyName(field);
            value[field].WriteTo(writer);
        }

        writer.WriteEndObject();
    }
}
