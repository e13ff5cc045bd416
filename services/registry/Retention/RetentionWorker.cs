using System.Threading.Channels;

namespace Platform.Registry.Retention;

/// <summary>Executes the sweeps that were asked for over HTTP, which may take longer than a request: one at a time, since they have the lock.</summary>
internal sealed partial class RetentionWorker(RetentionSweep sweep, ILogger<RetentionWorker> logger) : BackgroundService
{
    private readonly Channel<BegunSweep> begun = Channel.CreateUnbounded<BegunSweep>();

    /// <summary>The worker frees the lock when it is done.</summary>
    public void Hand(BegunSweep next) => begun.Writer.TryWrite(next);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var next in begun.Reader.ReadAllAsync(stoppingToken))
        {
            await using (next)
            {
                try
                {
                    await sweep.Execute(next, stoppingToken);
                }
                catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
                {
                    // The report says so too; the service goes on.
                    LogFailed(exception, next.Report.Id);
                }
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Retention {Id} failed")]
    private partial void LogFailed(Exception exception, Guid id);
}
