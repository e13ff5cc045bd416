namespace Platform.Contracts;

/// <summary>Marks an event that no service has to hear: it is there for tools that bind a queue of their own.</summary>
/// <remarks>Every other message waits in the outbox until some queue takes it, so that a service that starts late misses nothing.</remarks>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AnnouncementAttribute : Attribute;
