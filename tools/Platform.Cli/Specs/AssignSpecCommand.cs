using System.CommandLine;
using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Specs;

/// <summary>
/// <c>assign-spec NAME --device D | --machine-type T</c>: which spec a device, or all of a type that have none of their own, is extracted
/// under. What is archived is extracted again in the background.
/// </summary>
internal static class AssignSpecCommand
{
    public static Command Create(Option<bool> json)
    {
        var name = new Argument<string?>("name") { Description = "Name of the spec.", Arity = ArgumentArity.ZeroOrOne };
        var device = new Option<string?>("--device") { Description = "Code of a device." };
        var machineType = new Option<string?>("--machine-type") { Description = "A machine type, for all its devices without a spec of their own." };
        var clear = new Option<bool>("--clear") { Description = "Take the spec away instead: a device follows its machine type, a type the default." };
        var command = new Command("assign-spec", "Give a feature spec to a device or a machine type.") { name, device, machineType, clear };
        command.Validators.Add(result =>
        {
            if (result.GetValue(device) is null == result.GetValue(machineType) is null)
                result.AddError("Give one of --device and --machine-type.");
            if (string.IsNullOrEmpty(result.GetValue(name)) != result.GetValue(clear))
                result.AddError("Give the name of a spec, or --clear.");
        });
        command.SetAction((parse, cancellationToken) => Run(
            parse.GetValue(clear) ? "" : parse.GetValue(name)!,
            parse.GetValue(device),
            parse.GetValue(machineType),
            new Report(parse.GetValue(json)),
            cancellationToken));
        return command;
    }

    private static async Task<int> Run(string spec, string? device, string? machineType, Report report, CancellationToken cancellationToken)
    {
        using var client = PlatformClient.Connect(Checkout.State);
        // The platform takes a name that nobody has made yet, for whoever makes it later; a person has more likely mistyped it.
        if (spec.Length > 0 && await client.FindFeatureSpec(spec, cancellationToken) is null)
            throw new PlatformException($"There is no feature spec '{spec}'; ./platform specs lists them, ./platform spec {spec} makes one.");

        if (device is not null)
        {
            if (await client.FindDevice(device, cancellationToken) is null)
                throw new PlatformException($"There is no device '{device}'.");
            var changed = await client.PutDevice(device, new { featureSpec = spec }, cancellationToken);
            report.Line($"{device} has {changed.FeatureSpec} (from: {changed.FeatureSpecFrom}).");
            report.Result(new { device, changed.FeatureSpec, changed.FeatureSpecFrom, changed.Revision });
            return 0;
        }

        var type = await client.PutMachineType(machineType!, new { featureSpec = spec }, cancellationToken);
        report.Line($"{type.Name} has {type.FeatureSpec ?? "the default spec"}: followed by {type.Devices - type.WithOwnSpec} of {Shown.Count(type.Devices, "device")}, {type.WithOwnSpec} with a spec of their own.");
        report.Result(type);
        return 0;
    }
}
