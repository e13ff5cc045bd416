using System.Data;
using System.Text.Json;
using Dapper;
using Platform.Contracts;
using Platform.Registry.Policies;
using Platform.Registry.Schedules;

namespace Platform.Registry;

/// <summary>Maps a <c>jsonb</c> column to a record of the contracts.</summary>
internal sealed class JsonColumn<T> : SqlMapper.TypeHandler<T>
    where T : class
{
    public override T Parse(object value) => JsonSerializer.Deserialize<T>((string)value, JsonSerializerOptions.Web)!;

    // Npgsql sends a string as text, so the statement casts it: @column::jsonb.
    public override void SetValue(IDbDataParameter parameter, T? value) =>
        parameter.Value = JsonSerializer.Serialize(value, JsonSerializerOptions.Web);
}

/// <summary>What Dapper must know before the first query; process-wide, so applying it twice is harmless.</summary>
internal static class ColumnMapping
{
    public static void Apply()
    {
        SqlMapper.AddTypeHandler(new JsonColumn<TrainingParameters>());
        SqlMapper.AddTypeHandler(new JsonColumn<DeviceThreshold[]>());
        SqlMapper.AddTypeHandler(new JsonColumn<PartialParameters>());
        SqlMapper.AddTypeHandler(new JsonColumn<ScheduleDefinition>());
        SqlMapper.AddTypeHandler(new JsonColumn<SkippedRuns[]>());
        SqlMapper.AddTypeHandler(new JsonColumn<Dictionary<string, ParameterSource>>());
    }
}
