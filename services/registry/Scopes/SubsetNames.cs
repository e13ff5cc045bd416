using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Registry.Scopes;

/// <summary>
/// For which sites or devices a scope's name stands. A long name is cut and ends in 32 bits of a hash, so two subsets can come to the same
/// one, and with it to the same model; whoever asks first has it.
/// </summary>
internal sealed class SubsetNames(NpgsqlDataSource dataSource)
{
    /// <summary>The subset that has the scope's name: this one, unless another was faster.</summary>
    public async Task<string> Claim(TrainingScope scope, string subset, CancellationToken cancellationToken)
    {
        // An update that changes nothing, because DO NOTHING would not return the row of somebody who was faster.
        const string sql = """
            INSERT INTO subset_name (mode, scope, subset) VALUES (@Mode, @Scope, @subset)
            ON CONFLICT (mode, scope) DO UPDATE SET subset = subset_name.subset
            RETURNING subset
            """;

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var values = new { scope.Mode, scope.Scope, subset };
        return await connection.QuerySingleAsync<string>(new CommandDefinition(sql, values, cancellationToken: cancellationToken));
    }
}
