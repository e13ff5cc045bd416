namespace Platform.Dsp;

/// <summary>A kind of audio file: what its archive key ends with, and by which media types it may be declared.</summary>
public sealed record AudioFormat(string Extension, IReadOnlyList<string> MediaTypes);
