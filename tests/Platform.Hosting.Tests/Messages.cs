using Platform.Contracts;

namespace Platform.Hosting.Tests;

public sealed record ThingHappened(Guid Id, int Number, string Text);

public sealed record ThingAnswered(Guid Id, string By);

[Announcement]
public sealed record ThingAnnounced(Guid Id);
