using System.Text.RegularExpressions;
using Platform.Contracts;
using Platform.Registry.Scopes;

namespace Platform.Registry.Imports;

/// <summary>Reads a model id back into the scope that it names, and checks the devices of an import against it.</summary>
internal static partial class ImportScope
{
    /// <param name="devices">Those that the files are for.</param>
    /// <param name="errors">Field → what is wrong and what is allowed.</param>
    public static TrainingScope? Resolve(
        string modelId, IReadOnlyList<string> devices, IReadOnlyList<KnownDevice> known, IDictionary<string, string> errors)
    {
        var match = Shape().Match(modelId);
        if (!match.Success)
        {
            errors["modelId"] = $"'{modelId}' is no model id; allowed are device/{{device}}_all/conv-ae, {{machine_type|site}}/{{code}}_all/{{pooled|balanced}}/conv-ae, "
                + "{machine_type|site}/{code}_specific_{codes}/…, global/all/…, global/selected_sites/{codes}/… and global/selected_devices/{codes}/….";
            return null;
        }

        var scope = new TrainingScope(
            match.Groups["mode"].Value,
            match.Groups["scope"].Value,
            match.Groups["aggregation"] is { Success: true } aggregation ? aggregation.Value : null,
            match.Groups["type"].Value,
            modelId,
            ModelScope.Sorted(devices));
        if (devices.Count == 0)
            errors["devices"] = "no file is for a device; thresholds/threshold_{device}.npy or scales/{device}.npy is needed.";
        CheckKnown(devices, known, errors);
        if (errors.Count == 0)
            CheckMembers(scope, match.Groups["code"].Value, known, errors);
        return errors.Count == 0 ? scope : null;
    }

    private static void CheckKnown(IReadOnlyList<string> devices, IReadOnlyList<KnownDevice> known, IDictionary<string, string> errors)
    {
        var unknown = devices.Where(device => !Code.IsValid(device) || known.All(one => one.Device != device)).ToList();
        if (unknown.Count > 0)
            errors["devices"] = $"unknown device {Quoted(unknown)}; a model is imported for devices that the platform knows.";
    }

    private static void CheckMembers(TrainingScope scope, string code, IReadOnlyList<KnownDevice> known, IDictionary<string, string> errors)
    {
        Func<KnownDevice, bool> member = scope.Mode switch
        {
            ScopeModes.Device => device => device.Device == code,
            ScopeModes.MachineType => device => device.MachineType == code,
            ScopeModes.Site => device => device.Site == code,
            _ => _ => true,
        };
        var strangers = known.Where(device => scope.Devices.Contains(device.Device, StringComparer.Ordinal) && !member(device)).Select(device => device.Device).ToList();
        if (strangers.Count > 0)
            errors["devices"] = $"{Quoted(strangers)} is not part of '{scope.ModelId}'.";
    }

    private static string Quoted(IEnumerable<string> values) => string.Join(", ", values.Select(value => $"'{value}'"));

    // Shortened scopes end in a hash, so of what follows the code only the characters are looked at.
    [GeneratedRegex(
        @"^((?<mode>device)/(?<scope>(?<code>[A-Za-z0-9][A-Za-z0-9.-]{0,63})_all)" +
        @"|(?<mode>machine_type|site)/(?<scope>(?<code>[A-Za-z0-9][A-Za-z0-9.-]{0,63})_(all|specific_[A-Za-z0-9._-]{1,120}))/(?<aggregation>pooled|balanced)" +
        @"|(?<mode>global)/(?<scope>all|selected_(sites|devices)/[A-Za-z0-9._-]{1,120})/(?<aggregation>pooled|balanced))/(?<type>conv-ae)\z",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();
}
