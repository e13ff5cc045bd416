using System.Globalization;

namespace Platform.Registry.Runs;

/// <summary>The name of a run that nobody named; it is also the run's folder in the object store.</summary>
internal static class RunName
{
    public static string For(string mode, string scope, string modelType, DateTimeOffset createdAt, Guid id) => string.Create(
        CultureInfo.InvariantCulture,
        $"{mode}_{scope.Replace('/', '-')}_{modelType}_{createdAt.UtcDateTime:yyyyMMdd_HHmmss}_{id.ToString("N")[..6]}");
}
