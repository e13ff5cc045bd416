namespace Platform.Registry.Policies;

/// <summary>Training policies: what holds for the runs of a device, machine type, site or the plant where a run does not say itself.</summary>
internal static class PoliciesSetup
{
    public static IServiceCollection AddPolicies(this IServiceCollection services) => services
        .AddSingleton<PolicyStore>()
        .AddSingleton<EditPolicy>();
}
