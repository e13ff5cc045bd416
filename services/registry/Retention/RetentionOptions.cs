using System.ComponentModel.DataAnnotations;

namespace Platform.Registry.Retention;

/// <summary>What retention keeps when nobody says otherwise; section <c>Retention</c>.</summary>
internal sealed record RetentionOptions
{
    /// <summary>Newest versions of each model that are kept whatever became of them.</summary>
    [Range(RetentionPlan.FewestVersions, RetentionPlan.MostVersions, ErrorMessage = "allowed are 1 to 100000 versions.")]
    public int KeepVersions { get; init; } = 5;

    /// <summary>Versions that were served within so many days are kept.</summary>
    [Range(0, RetentionPlan.MostDays, ErrorMessage = "allowed are 0 to 36500 days.")]
    public int KeepDays { get; init; } = 30;

    /// <summary>
    /// Time between the mark and the deletion, and before objects that no row knows are deleted: enough to notice a mistake, and longer
    /// than it takes to look at a database that was restored.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00", ErrorMessage = "allowed is 00:00:00 to 365.00:00:00.")]
    public TimeSpan Grace { get; init; } = TimeSpan.FromDays(7);
}

/// <summary>What one sweep is to do.</summary>
internal sealed record RetentionPlan(int KeepVersions, int KeepDays, TimeSpan Grace, bool DryRun, string Actor)
{
    // With none, a model that nobody ever deployed would lose what it has.
    public const int FewestVersions = 1;
    public const int MostVersions = 100_000;
    public const int MostDays = 36_500;
    public const string DefaultActor = "retention";

    public static TimeSpan LongestGrace { get; } = TimeSpan.FromDays(365);

    public static RetentionPlan By(RetentionOptions options, bool dryRun = false, string actor = DefaultActor) =>
        new(options.KeepVersions, options.KeepDays, options.Grace, dryRun, actor);
}

/// <summary>Body of <c>POST /retention</c>; what is left out is as the settings say.</summary>
internal sealed record RetentionRequest(
    bool DryRun = false, int? KeepVersions = null, int? KeepDays = null, TimeSpan? Grace = null, string? Actor = null)
{
    private const int LongestActor = 1_000;

    public RetentionPlan Plan(RetentionOptions options) => new(
        KeepVersions ?? options.KeepVersions, KeepDays ?? options.KeepDays, Grace ?? options.Grace, DryRun, Actor ?? "api");

    /// <summary>Field → what is wrong and what is allowed.</summary>
    public IReadOnlyDictionary<string, string> Check()
    {
        var errors = new Dictionary<string, string>();
        if (KeepVersions is < RetentionPlan.FewestVersions or > RetentionPlan.MostVersions)
            errors["keepVersions"] = $"{KeepVersions} is out of range; allowed are {RetentionPlan.FewestVersions} to {RetentionPlan.MostVersions}.";
        if (KeepDays is < 0 or > RetentionPlan.MostDays)
            errors["keepDays"] = $"{KeepDays} is out of range; allowed are 0 to {RetentionPlan.MostDays}.";
        if (Grace is { } grace && (grace < TimeSpan.Zero || grace > RetentionPlan.LongestGrace))
            errors["grace"] = $"{grace} is out of range; allowed is 00:00:00 to {RetentionPlan.LongestGrace}.";
        if (Actor?.Length > LongestActor)
            errors["actor"] = $"it has {Actor.Length} characters; allowed are {LongestActor}.";
        return errors;
    }
}
