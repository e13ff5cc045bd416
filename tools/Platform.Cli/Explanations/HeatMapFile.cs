using Platform.Cli.Output;

namespace Platform.Cli.Explanations;

/// <summary>Pictures that a command was asked to write.</summary>
internal static class HeatMapFile
{
    public static async Task Write(string file, byte[] picture, Report report, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllBytesAsync(file, picture, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PlatformException($"{file} cannot be written: {exception.Message}", exception);
        }

        report.Line($"The heat map is in {file}.");
    }
}
