using System.Diagnostics.CodeAnalysis;
using Platform.Contracts;

namespace Platform.Registry.Models;

/// <summary>
/// A model id as a route parameter. Ids have slashes (<c>device/LT-2_all/conv-ae</c>) and routes go on behind them, so
/// <see cref="ModelPath"/> folds the id into one segment; this undoes it. Escaped by the caller or not, it is the same id.
/// </summary>
internal readonly record struct ModelId(string Value) : IParsable<ModelId>
{
    // Routing decodes every escape but that of the slash.
    public static ModelId Parse(string s, IFormatProvider? provider) => new(Uri.UnescapeDataString(s));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ModelId result)
    {
        result = s is null ? default : Parse(s, provider);
        return s is not null;
    }

    public override string ToString() => Value;
}

/// <summary>
/// Lets routes be written as <c>/models/{modelId}/versions/{version}</c>: before routing, the slashes within the id are escaped. How
/// many segments an id has, its mode says; so a site that is called <c>versions</c> is no exception.
/// </summary>
internal static class ModelPath
{
    private const string Root = "/models/";
    private const string EscapedSlash = "%2F";

    /// <summary>Must come before everything that looks at the route, and therefore starts routing itself.</summary>
    public static IApplicationBuilder UseModelPaths(this IApplicationBuilder app)
    {
        app.Use((context, next) =>
        {
            context.Request.Path = new PathString(Folded(context.Request.Path.Value)); // the conversion operator would unescape
            return next(context);
        });
        return app.UseRouting();
    }

    /// <summary>Where a model is found: its address on this service, without what may follow.</summary>
    public static string Of(string modelId) => Root + modelId;

    /// <summary>The path with the model's id as one segment; other paths as they are.</summary>
    internal static string? Folded(string? path)
    {
        if (path is null || !path.StartsWith(Root, StringComparison.Ordinal) || path.Length == Root.Length)
            return path;

        var segments = path[Root.Length..].Replace(EscapedSlash, "/", StringComparison.OrdinalIgnoreCase).Split('/');
        var length = Math.Min(LengthOfId(segments), segments.Length);
        var id = string.Join(EscapedSlash, segments[..length]);
        return length == segments.Length ? Root + id : $"{Root}{id}/{string.Join('/', segments[length..])}";
    }

    /// <summary><c>{mode}/{scope}[/{aggregation}]/{model_type}</c>, where the scope of some global models has a slash of its own.</summary>
    private static int LengthOfId(string[] segments) => segments[0] switch
    {
        ScopeModes.Device => 3,
        ScopeModes.MachineType or ScopeModes.Site => 4,
        ScopeModes.Global when segments is [_, "selected_sites" or "selected_devices", ..] => 5,
        ScopeModes.Global => 4,
        _ => segments.Length, // no model: the answer names all of it
    };
}
