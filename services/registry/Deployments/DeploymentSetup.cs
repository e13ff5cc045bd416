namespace Platform.Registry.Deployments;

internal static class DeploymentSetup
{
    public static IServiceCollection AddDeployments(this IServiceCollection services) => services
        .AddSingleton<DeploymentStore>()
        .AddSingleton<RolloutStore>()
        .AddSingleton<DeployVersion>()
        .AddSingleton<DeployByHand>()
        .AddSingleton<UndoDeployment>()
        .AddSingleton<UndoRefused>()
        .AddSingleton<Reassert>()
        .AddSingleton<ReplicaStore>()
        .AddHostedService<ReplicaSweep>();
}
