using System.Data;
using Dapper;

namespace Platform.Predictor;

/// <summary>Arrays of the database: Npgsql announces them as System.Array, which fits no constructor parameter by itself.</summary>
internal static class ArrayColumns
{
    /// <summary>What Dapper must know before the first query; process-wide, so applying it twice is harmless.</summary>
    internal static void Apply()
    {
        SqlMapper.AddTypeHandler(new ArrayColumn<double>());
        SqlMapper.AddTypeHandler(new ArrayColumn<string>());
        SqlMapper.AddTypeHandler(new ArrayColumn<Guid>());
    }

    private sealed class ArrayColumn<T> : SqlMapper.TypeHandler<T[]>
    {
        public override T[] Parse(object value) => (T[])value;

        public override void SetValue(IDbDataParameter parameter, T[]? value) => parameter.Value = value;
    }
}
