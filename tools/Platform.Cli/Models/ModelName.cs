namespace Platform.Cli.Models;

/// <summary>How people name a model: by its id, or by a device for the model of that device alone.</summary>
internal static class ModelName
{
    public static string IdOf(string text) => text.Contains('/', StringComparison.Ordinal) ? text : $"device/{text}_all/conv-ae";
}
