using Dapper;
using Npgsql;
using Platform.Dsp;

namespace Platform.Features.Specs;

/// <summary>Named feature specs; a name never changes its content.</summary>
internal sealed class FeatureSpecStore(NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>
    /// Keeps a spec unless its name is taken; returns what stands under the name now, and whether this call put it there.
    /// </summary>
    public async Task<(StoredSpec Spec, bool Created)> Add(FeatureSpec spec, CancellationToken cancellationToken)
    {
        const string sql = """
            INSERT INTO feature_spec (name, canonical, spec_hash, extraction_hash, created_at)
            VALUES (@Name, @canonical, @specHash, @extractionHash, @now)
            ON CONFLICT (name) DO NOTHING
            """;

        var row = new
        {
            spec.Name,
            canonical = spec.ToCanonicalJson(),
            specHash = spec.Hash,
            extractionHash = spec.Extraction.Hash,
            now = time.GetUtcNow().UtcDateTime,
        };
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var created = await connection.ExecuteAsync(new CommandDefinition(sql, row, cancellationToken: cancellationToken)) == 1;
        return ((await Find(spec.Name!, cancellationToken))!, created);
    }

    public async Task<StoredSpec?> Find(string name, CancellationToken cancellationToken)
    {
        const string sql = "SELECT name, canonical, created_at FROM feature_spec WHERE name = @name";

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<SpecRow>(
            new CommandDefinition(sql, new { name }, cancellationToken: cancellationToken));
        return row?.ToStored();
    }

    public async Task<IReadOnlyList<StoredSpec>> All(CancellationToken cancellationToken)
    {
        const string sql = """SELECT name, canonical, created_at FROM feature_spec ORDER BY name COLLATE "C" """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<SpecRow>(new CommandDefinition(sql, cancellationToken: cancellationToken));
        return [.. rows.Select(row => row.ToStored())];
    }

    private sealed record SpecRow(string Name, string Canonical, DateTime CreatedAt)
    {
        public StoredSpec ToStored() => new(FeatureSpec.FromCanonicalJson(Canonical) with { Name = Name }, CreatedAt);
    }
}

internal sealed record StoredSpec(FeatureSpec Spec, DateTime CreatedAt);
