using Dapper;

namespace Platform.Registry.Paging;

/// <summary>
/// The conditions of a list that somebody asked for. Only those stand in the statement: PostgreSQL then plans each combination once and for the
/// index that fits it, while <c>@x IS NULL OR …</c> would be planned anew each time. Every condition is this program's own text.
/// </summary>
internal sealed class Filters
{
    private readonly List<string> conditions = [];

    public DynamicParameters Values { get; } = new();

    /// <summary>Ends a <c>SELECT … FROM …</c>; what is appended may begin with AND.</summary>
    public string Where => $"WHERE {(conditions.Count == 0 ? "true" : string.Join(" AND ", conditions))}";

    /// <param name="condition">SQL in which the value is <c>@name</c>.</param>
    /// <param name="value">Null leaves the condition out.</param>
    public Filters And(string name, object? value, string condition)
    {
        if (value is null)
            return this;
        conditions.Add(condition);
        Values.Add(name, value);
        return this;
    }
}
