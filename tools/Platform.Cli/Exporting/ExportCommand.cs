using System.CommandLine;
using System.Globalization;
using Platform.Cli.Client;
using Platform.Cli.Models;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Exporting;

/// <summary>
/// <c>export MODEL DIR</c>: a version as the folder that a Python predictor expects. <c>export --follow DIR</c>: a folder for each device, kept at
/// what serves the device.
/// </summary>
internal static class ExportCommand
{
    public static Command Create(Option<bool> json)
    {
        var names = new Argument<string[]>("model and dir")
        {
            Description = "Id of the model (or the code of a device for its own model) and the folder to make; with --follow the folder alone.",
            Arity = new ArgumentArity(1, 2),
        };
        var version = new Option<string?>("--version") { Description = "Version, e.g. v3; the one that is deployed if it is not given.", HelpName = "vN" };
        var follow = new Option<bool>("--follow") { Description = "Keep DIR/models/{device}/ at what serves each device, until Ctrl-C." };
        var devices = new Option<string[]>("--device") { Description = "With --follow: only these devices.", AllowMultipleArgumentsPerToken = true };
        var every = new Option<double>("--every") { Description = "With --follow: seconds between looks at the registry.", DefaultValueFactory = _ => 2 };
        var command = new Command("export", "Write a model as a folder that Python predictors use, or keep such folders current.") { names, version, follow, devices, every };
        command.SetAction((parse, cancellationToken) =>
        {
            var report = new Report(parse.GetValue(json));
            return (parse.GetRequiredValue(names), parse.GetValue(follow)) switch
            {
                ([var dir], true) => Follow(dir, parse.GetValue(devices) ?? [], parse.GetValue(every), report, cancellationToken),
                ([var model, var dir], false) => Export(ModelName.IdOf(model), Path.GetFullPath(dir), parse.GetValue(version), report, cancellationToken),
                (_, true) => throw new PlatformException("with --follow give the folder alone; what serves a device decides the model."),
                _ => throw new PlatformException("give the model and the folder: export MODEL DIR."),
            };
        });
        return command;
    }

    private static async Task<int> Export(string modelId, string target, string? wanted, Report report, CancellationToken cancellationToken)
    {
        int? number = wanted is null ? null : VersionNumber(wanted);
        using var client = PlatformClient.Connect(Checkout.State);
        var model = await client.FindPackages(modelId, cancellationToken)
            ?? throw new PlatformException($"there is no model '{modelId}'; ./platform models lists them.");
        var version = await Choose(client, model, number ?? model.Champion?.Version, cancellationToken);
        if (FolderSwitch.Obstacle(target) is { } obstacle)
            throw new PlatformException(obstacle);

        var staged = FolderSwitch.Stage(target);
        try
        {
            var bytes = await PackageDownload.Into(staged, client, modelId, version.Version, version.PackageManifestSha256!, cancellationToken);
            FolderSwitch.Place(staged, target);
            report.Line($"{modelId} v{version.Version} is in {Checkout.Shown(target)} ({Shown.Size(bytes)})");
            report.Result(new { modelId, version.Version, version.State, folder = target, bytes, manifestSha256 = version.PackageManifestSha256 });
            return 0;
        }
        finally
        {
            FolderSwitch.Discard(staged);
        }
    }

    private static async Task<int> Follow(string folder, string[] devices, double every, Report report, CancellationToken cancellationToken)
    {
        if (every is not (>= 0.1 and <= 3_600))
            throw new PlatformException($"--every {every.ToString(CultureInfo.InvariantCulture)} is out of range; allowed are 0.1 to 3600 seconds.");
        using var client = PlatformClient.Connect(Checkout.State);
        await new ModelFollower(client, Path.GetFullPath(folder), devices, TimeSpan.FromSeconds(every), report).Run(cancellationToken);
        return 0;
    }

    private static async Task<PackagedVersion> Choose(PlatformClient client, PackagedModel model, int? number, CancellationToken cancellationToken)
    {
        if (number is not { } wanted)
            throw new PlatformException($"nothing of {model.ModelId} is deployed; choose one with --version.");
        var chosen = await client.FindPackage(model.ModelId, wanted, cancellationToken)
            ?? throw new PlatformException($"there is no v{number} of {model.ModelId}; the newest are {string.Join(", ", model.Versions.Select(version => $"v{version.Version}"))}.");
        return chosen is { PackageManifestSha256: null } or { State: "deleted" or "publishing" }
            ? throw new PlatformException($"v{number} of {model.ModelId} has no package: it is {chosen.State}.")
            : chosen;
    }

    private static int VersionNumber(string text) =>
        int.TryParse(text.AsSpan(text.StartsWith('v') ? 1 : 0), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new PlatformException($"'{text}' is no version; give e.g. v3.");
}
