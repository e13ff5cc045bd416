namespace Platform.Registry.Policies;

/// <summary>Whom a policy is for.</summary>
/// <param name="Level">See <see cref="PolicyLevels"/>.</param>
/// <param name="Name">Code of the device, machine type or site; empty for the plant, of which there is one.</param>
internal sealed record PolicyKey(string Level, string Name)
{
    public static PolicyKey Plant { get; } = new(PolicyLevels.Plant, "");

    public override string ToString() => Level == PolicyLevels.Plant ? "the plant" : $"{Level} '{Name}'";
}

internal static class PolicyLevels
{
    public const string Device = "device";
    public const string MachineType = "machine_type";
    public const string Site = "site";
    public const string Plant = "plant";

    /// <summary>Most specific first: how a machine is best trained depends on what it is before it depends on where it stands.</summary>
    public static IReadOnlyList<string> All { get; } = [Device, MachineType, Site, Plant];
}

/// <summary>A policy as it stands in the database.</summary>
internal sealed record Policy(
    string Level, string Name, PartialParameters Parameters, long Revision, DateTime ChangedAt, string ChangedBy)
{
    public PolicyKey Key => new(Level, Name);
}

/// <summary>One edit of a policy, append-only.</summary>
/// <param name="Before">Null when the policy was made by it.</param>
/// <param name="After">Null when it was deleted.</param>
internal sealed record PolicyEdit(long Revision, DateTime At, string Actor, string? Reason, PartialParameters? Before, PartialParameters? After);
