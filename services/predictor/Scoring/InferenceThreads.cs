using Platform.Hosting;
using TorchSharp;

namespace Platform.Predictor.Scoring;

/// <summary>Loads libtorch when the service starts, with one thread per computation; why one: see <see cref="ComputeSlots"/>.</summary>
internal sealed class InferenceThreads : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        NativeMemory.KeepForReuse();
        try
        {
            torch.set_num_threads(1);
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException or BadImageFormatException)
        {
            throw new StartupException($"libtorch cannot be loaded: {exception.GetBaseException().Message}", exception);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
