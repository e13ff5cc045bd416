namespace Platform.Hosting;

/// <summary>Trying again cannot help: thrown in a consumer, the message goes to the error queue at once.</summary>
public class PermanentException : Exception
{
    public PermanentException(string message)
        : base(message)
    {
    }

    public PermanentException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
