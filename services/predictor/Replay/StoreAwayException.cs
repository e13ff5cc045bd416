using System.Net.Sockets;
using Amazon.Runtime;

namespace Platform.Predictor.Replay;

/// <summary>The object store does not answer, or is not the one that it was: later the same question may be answered.</summary>
internal sealed class StoreAwayException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Runs what reads from the store; what a store that is away throws becomes this exception, everything else stays what it is.</summary>
    internal static async Task<T> Translate<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await read();
        }
        // An S3 client that gives up looks as if it had been cancelled.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && exception
            is AmazonServiceException or AmazonClientException or HttpRequestException or SocketException or IOException or TimeoutException or OperationCanceledException)
        {
            throw new StoreAwayException($"The object store does not answer ({exception.Message.ReplaceLineEndings(" ").TrimEnd('.')}); try again.", exception);
        }
    }
}
