using System.Reflection;

namespace TorchSharp;

/// <summary>The name under which a field's module, parameter or buffer is registered, when it is not the field's own.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class ComponentNameAttribute : Attribute
{
    public required string Name { get; set; }
}

/// <summary>Reads <see cref="ComponentNameAttribute"/>.</summary>
public static class FieldInfoExtensionMethods
{
    public static string ComponentName(this FieldInfo field) => field.GetCustomAttribute<ComponentNameAttribute>()?.Name ?? field.Name;
}
