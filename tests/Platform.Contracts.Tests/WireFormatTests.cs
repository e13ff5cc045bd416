using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Platform.Contracts.Tests;

/// <summary>
/// Type name and namespace of a message are wire format: what is in a queue or an outbox must be readable by the next version.
/// </summary>
public sealed class WireFormatTests
{
    // What messages are made of; never sent by themselves.
    private static readonly Type[] Values =
        [typeof(DetectorScore), typeof(DeviceThreshold), typeof(TrainingScope), typeof(ChampionVersion), typeof(TrainingParameters)];

    public static TheoryData<Type> Messages => [.. Records().Except(Values)];

    public static TheoryData<Type> AllRecords => [.. Records()];

    [Fact]
    public void No_message_was_renamed_or_removed()
    {
        string[] known =
        [
            "AlertRaised", "AnomalyCleared", "AnomalyDetected", "AudioArchived", "BackupCompleted", "ChampionLeftBand", "DeviceChanged", "DeviceDataChanged", "DriftDetected",
            "FalseAlarmsAbsorbed", "FeatureExtractionFailed", "FeaturesExtracted", "ImportModel", "ModelDeployed", "ModelLoaded", "ModelRejected", "ModelVersionRegistered",
            "PrepareTraining", "RecordingLabelled", "RecordingScored", "RegionSwitched", "ReplicaAlive", "RestoreDrillCompleted", "ShadowDeployed", "ShadowRejected",
            "TrainRequested", "TrainingCompleted", "TrainingFailed", "TrainingNotPossible", "TrainingProgressed",
        ];

        var now = Records().Except(Values).Select(type => type.Name).ToHashSet();

        Assert.Empty(known.Except(now));
        Assert.All(Records(), type => Assert.Equal("Platform.Contracts", type.Namespace));
    }

    [Theory]
    [MemberData(nameof(AllRecords))]
    public void A_record_survives_the_wire(Type type)
    {
        var sent = Sample(type);

        var json = JsonSerializer.Serialize(sent, type, JsonSerializerOptions.Web);
        var received = JsonSerializer.Deserialize(json, type, JsonSerializerOptions.Web);

        Assert.Equal(json, JsonSerializer.Serialize(received, type, JsonSerializerOptions.Web));
    }

    [Fact]
    public void A_replica_that_does_not_tell_why_it_rejects_a_model_rolls_nothing_back()
    {
        const string old = """
            {"modelId":"device/LT-2_all/conv-ae","version":3,"deployment":4,"replica":"a","reason":"No memory.","rejectedAt":"2026-03-01T06:30:00+00:00"}
            """;

        Assert.False(JsonSerializer.Deserialize<ModelRejected>(old, JsonSerializerOptions.Web)!.Permanent);
    }

    [Theory]
    [MemberData(nameof(AllRecords))]
    public void A_record_of_a_newer_version_can_be_read(Type type)
    {
        var json = JsonSerializer.SerializeToNode(Sample(type), type, JsonSerializerOptions.Web)!.AsObject();
        json["memberOfTomorrow"] = new JsonObject { ["x"] = 1 };

        Assert.NotNull(json.Deserialize(type, JsonSerializerOptions.Web));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_is_a_sealed_record_of_small_values(Type type)
    {
        Assert.True(type.IsSealed);
        Assert.NotNull(type.GetMethod("<Clone>$"));
        Assert.All(type.GetProperties(), property => Assert.False(
            property.PropertyType == typeof(byte[]) || property.PropertyType == typeof(float[]) || property.PropertyType == typeof(Stream),
            $"{type.Name}.{property.Name} carries data; a message carries keys and hashes."));
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void A_message_says_when(Type type) =>
        Assert.Contains(type.GetProperties(), property => property.PropertyType == typeof(DateTimeOffset));

    private static IEnumerable<Type> Records() => typeof(AudioArchived).Assembly.GetExportedTypes()
        .Where(type => type is { IsAbstract: false } && type.GetMethod("<Clone>$") is not null)
        .OrderBy(type => type.Name, StringComparer.Ordinal);

    /// <summary>An instance with a different value in every member.</summary>
    private static object Sample(Type type)
    {
        var salt = 0;
        return Build(type);

        object Build(Type wanted)
        {
            salt++;
            if (Nullable.GetUnderlyingType(wanted) is { } inner)
                return Build(inner);
            if (wanted == typeof(string))
                return $"text {salt} äß\"\\";
            if (wanted == typeof(Guid))
                return new Guid(salt, 0, 0, new byte[8]);
            if (wanted == typeof(DateTimeOffset))
                return new DateTimeOffset(2026, 3, 1, 6, 30, 0, TimeSpan.Zero).AddTicks(salt);
            if (wanted == typeof(bool))
                return true;
            if (wanted == typeof(double))
                return 0.1 * salt;
            if (wanted.IsPrimitive)
                return Convert.ChangeType(salt, wanted, provider: null);
            if (wanted.IsGenericType && wanted.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            {
                var list = Array.CreateInstance(wanted.GenericTypeArguments[0], 2);
                list.SetValue(Build(wanted.GenericTypeArguments[0]), 0);
                list.SetValue(Build(wanted.GenericTypeArguments[0]), 1);
                return list;
            }

            var constructor = wanted.GetConstructors(BindingFlags.Public | BindingFlags.Instance).MaxBy(one => one.GetParameters().Length)!;
            var sample = constructor.Invoke([.. constructor.GetParameters().Select(parameter => Build(parameter.ParameterType))]);
            foreach (var property in wanted.GetProperties().Where(one => one.CanWrite && constructor.GetParameters().All(p => p.Name != one.Name)))
                property.SetValue(sample, Build(property.PropertyType));
            return sample;
        }
    }
}
