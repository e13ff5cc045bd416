using System.Data;
using Dapper;

namespace Platform.Features;

/// <summary>What Dapper must know before the first query; process-wide, so applying it twice is harmless.</summary>
internal static class ColumnMapping
{
    public static void Apply()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new DoubleArrayColumn());
    }

    /// <summary><c>double precision[]</c>: Npgsql announces it as System.Array, which fits no constructor parameter by itself.</summary>
    private sealed class DoubleArrayColumn : SqlMapper.TypeHandler<double[]>
    {
        public override double[] Parse(object value) => (double[])value;

        public override void SetValue(IDbDataParameter parameter, double[]? value) => parameter.Value = value;
    }
}
