namespace Platform.Hosting;

/// <summary>The value of this setting is never printed, not even when it is wrong.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;
