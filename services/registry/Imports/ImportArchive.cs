using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Platform.Registry.Imports;

/// <summary>What is wrong with an upload, for its sender.</summary>
internal sealed class ImportRefusedException(string field, string message, int status = StatusCodes.Status400BadRequest, Exception? inner = null)
    : Exception(message, inner)
{
    public string Field { get; } = field;

    public int Status { get; } = status;
}

/// <summary>
/// The files of a model out of a ZIP file that may be hostile: names are compared with the few that a model has, never used as paths, and
/// what is unpacked is counted while it is unpacked.
/// </summary>
internal static partial class ImportArchive
{
    /// <summary>The platform's networks have a few MB; weights of the largest architecture have some 200.</summary>
    public const long MostBytes = 256L << 20;

    // Three small files for each of a thousand devices.
    private const int MostEntries = 5_000;

    private const string Weights = "model.pth";
    private const string PythonWeights = "ae_model.pth";

    /// <param name="archive">Can seek.</param>
    /// <returns>By name as packages have them; files that no model has are left out.</returns>
    /// <exception cref="ImportRefusedException">It is no such archive, or too large.</exception>
    public static async Task<IReadOnlyDictionary<string, byte[]>> Read(Stream archive, CancellationToken cancellationToken)
    {
        try
        {
            await using var zip = await ZipArchive.CreateAsync(archive, ZipArchiveMode.Read, leaveOpen: true, entryNameEncoding: null, cancellationToken);
            if (zip.Entries.Count > MostEntries)
                throw new ImportRefusedException("body", $"The ZIP file has {zip.Entries.Count} entries; allowed are {MostEntries}.");

            var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            var left = MostBytes;
            foreach (var entry in zip.Entries.Where(entry => !entry.FullName.EndsWith('/')))
            {
                RefuseBadName(entry.FullName);
                if (!Known().IsMatch(entry.FullName))
                    continue;
                var content = await Unpack(entry, left, cancellationToken);
                left -= content.Length;
                if (!files.TryAdd(entry.FullName, content))
                    throw new ImportRefusedException("body", $"The ZIP file has '{entry.FullName}' twice.");
            }

            return WithOneNameForWeights(files);
        }
        catch (Exception exception) when (exception is InvalidDataException or NotSupportedException or EndOfStreamException)
        {
            throw new ImportRefusedException("body", $"The ZIP file cannot be read: {exception.Message}", inner: exception);
        }
    }

    /// <summary>One hash for what was handed in, whatever the order, dates and compression of the ZIP file.</summary>
    public static string HashOf(IReadOnlyDictionary<string, byte[]> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, content) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(name + "\n"));
            hash.AppendData(SHA256.HashData(content));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task<byte[]> Unpack(ZipArchiveEntry entry, long left, CancellationToken cancellationToken)
    {
        // The length that the archive states is what its maker wrote there.
        await using var packed = await entry.OpenAsync(cancellationToken);
        using var content = new MemoryStream();
        var buffer = new byte[81_920];
        int read;
        while ((read = await packed.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (content.Length + read > left)
            {
                throw new ImportRefusedException(
                    "body", $"The ZIP file unpacks to more than {MostBytes} bytes; it was refused at '{entry.FullName}'.", StatusCodes.Status413PayloadTooLarge);
            }

            content.Write(buffer, 0, read);
        }

        return content.ToArray();
    }

    private static void RefuseBadName(string name)
    {
        var segments = name.Split('/');
        if (name.Length > 300 || name.Contains('\\', StringComparison.Ordinal) || name.Any(char.IsControl) || segments.Any(segment => segment is "" or "." or ".."))
            throw new ImportRefusedException("body", $"The ZIP file has an entry '{name}', which is no relative path below the model's folder.");
    }

    // Python predictors and the platform call the weights differently; an exported folder has them under both names.
    private static Dictionary<string, byte[]> WithOneNameForWeights(Dictionary<string, byte[]> files)
    {
        if (files.Remove(PythonWeights, out var weights) && !files.TryAdd(Weights, weights) && !files[Weights].AsSpan().SequenceEqual(weights))
            throw new ImportRefusedException("body", $"'{Weights}' and '{PythonWeights}' differ; one of them is enough.");
        if (!files.ContainsKey(Weights))
            throw new ImportRefusedException("body", $"The ZIP file has no '{PythonWeights}' (or '{Weights}') at its top.");
        return files;
    }

    [GeneratedRegex(
        @"^(model\.pth|ae_model\.pth|global_scale\.npy|config\.json|metadata\.json|manifest\.json|golden\.npz|feature_spec\.json|thresholds/threshold_[A-Za-z0-9.-]{1,64}\.npy|scales/[A-Za-z0-9.-]{1,64}\.npy|detectors/[a-z0-9-]{1,32}_[A-Za-z0-9.-]{1,64}\.npz)\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Known();
}
