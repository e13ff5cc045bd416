using Platform.Hosting;

namespace Platform.Predictor.Scoring;

/// <summary>A recording can be given no score, now or later: its patches are not what was announced, or the model makes no number of them.</summary>
internal sealed class UnscorableException : PermanentException
{
    internal UnscorableException(string message)
        : base(message)
    {
    }

    internal UnscorableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
