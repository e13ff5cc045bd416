using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Platform.Hosting;

/// <summary>Failures at start that the operator can heal, each told in one line; null means a bug, which needs its stack trace.</summary>
internal static class StartFailure
{
    public static string? Describe(Exception exception) => exception switch
    {
        StartupException startup => OneLine(startup.Message),
        OptionsValidationException settings => OneLine(string.Join("; ", settings.Failures)),
        AggregateException several when several.InnerExceptions.All(inner => Describe(inner) is not null) =>
            string.Join("; ", several.InnerExceptions.Select(Describe)),
        // The binder's own message names value, key and type.
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } binding => OneLine(binding.Message),
        IOException { InnerException: AddressInUseException } inUse => OneLine(inUse.Message),
        FormatException { Source: "Microsoft.AspNetCore.Http" or "Microsoft.AspNetCore.Server.Kestrel.Core" } address =>
            OneLine($"ASPNETCORE_URLS: {address.Message}"),
        _ => null,
    };

    private static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
}
