namespace Platform.Hosting.Tests;

public sealed record ThingHappened(Guid Id, int Number, string Text);

public sealed record ThingAnswered(Guid Id, string By);
