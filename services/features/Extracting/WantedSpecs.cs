using Dapper;
using Npgsql;
using Platform.Dsp;

namespace Platform.Features.Extracting;

/// <summary>Which specs the recordings of a device are extracted under.</summary>
internal sealed class WantedSpecs(NpgsqlDataSource dataSource)
{
    /// <summary>
    /// The device's own spec first, then those of deployed models that still need another extraction; empty while the device is not known.
    /// </summary>
    public async Task<IReadOnlyList<WantedSpec>> For(string device, CancellationToken cancellationToken)
    {
        const string sql = """
            WITH own AS (
                SELECT device.feature_spec AS name, canonical, extraction_hash
                FROM device LEFT JOIN feature_spec ON feature_spec.name = device.feature_spec
                WHERE device.device = @device)
            SELECT name, canonical, true AS own FROM own
            UNION ALL
            SELECT * FROM (
                SELECT DISTINCT ON (feature_spec.extraction_hash) feature_spec.name, feature_spec.canonical, false
                FROM deployment JOIN feature_spec ON feature_spec.spec_hash = deployment.spec_hash
                WHERE @device = ANY (deployment.devices)
                    AND EXISTS (SELECT FROM own WHERE own.extraction_hash IS DISTINCT FROM feature_spec.extraction_hash)
                ORDER BY feature_spec.extraction_hash, feature_spec.name) AS deployed
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(sql, new { device }, cancellationToken: cancellationToken));
        return [.. rows.Select(row => new WantedSpec(
            row.Name, row.Canonical is null ? null : FeatureSpec.FromCanonicalJson(row.Canonical).Extraction, row.Own))];
    }

    private sealed record Row(string Name, string? Canonical, bool Own);
}

/// <param name="Extraction">Null when nobody has created a spec of this name.</param>
/// <param name="Own">The device's own spec; a recording that fails under it is of no use to the device.</param>
internal sealed record WantedSpec(string Name, Extraction? Extraction, bool Own);
