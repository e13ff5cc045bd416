namespace Platform.Registry.Imports;

internal static class ImportSetup
{
    public static IServiceCollection AddImports(this IServiceCollection services) => services
        .AddSingleton<ImportStore>()
        .AddSingleton<StartImport>();
}
