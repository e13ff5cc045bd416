namespace Platform.Predictor.Serving;

/// <summary>A device's model is known, but its package cannot be loaded now; trying later may help.</summary>
internal sealed class ModelUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
