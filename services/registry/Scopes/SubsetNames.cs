using Dapper;
using Npgsql;
using Platform.Contracts;

namespace Platform.Registry.Scopes;

/// <summary>Another subset has this scope's name already; its models and this one's would be the same.</summary>
internal sealed class SubsetNameTakenException(string scope, string other)
    : Exception($"the name '{scope}' that this subset would get stands for another one, '{(other.Length > 500 ? $"{other[..500]}…" : other)}'. Choose one code more or less.");

/// <summary>Keeps for which sites or devices a scope's name stands: a name that was cut does not say it itself.</summary>
internal static class SubsetNames
{
    /// <summary>Takes the name for the subset, if nobody has it, until the transaction is rolled back.</summary>
    /// <exception cref="SubsetNameTakenException">It stands for another subset.</exception>
    public static async Task Claim(
        NpgsqlConnection connection, NpgsqlTransaction transaction, TrainingScope scope, string subset, CancellationToken cancellationToken)
    {
        // An update that changes nothing, because DO NOTHING would not return the row of somebody who was faster.
        const string sql = """
            INSERT INTO subset_name (mode, scope, subset) VALUES (@Mode, @Scope, @subset)
            ON CONFLICT (mode, scope) DO UPDATE SET subset = subset_name.subset
            RETURNING subset
            """;

        var values = new { scope.Mode, scope.Scope, subset };
        var owner = await connection.QuerySingleAsync<string>(new CommandDefinition(sql, values, transaction, cancellationToken: cancellationToken));
        if (owner != subset)
            throw new SubsetNameTakenException(scope.Scope, owner);
    }
}
