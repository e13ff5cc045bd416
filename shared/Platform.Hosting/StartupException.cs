namespace Platform.Hosting;

/// <summary>The service cannot start and its operator can do something about it: the message says what, in one line.</summary>
public sealed class StartupException : Exception
{
    public StartupException(string message)
        : base(message)
    {
    }

    public StartupException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
