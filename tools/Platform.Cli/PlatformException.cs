namespace Platform.Cli;

/// <summary>Something the user can act on: its message is printed as one line, without a stack trace.</summary>
internal sealed class PlatformException(string message, Exception? inner = null) : Exception(message, inner);
