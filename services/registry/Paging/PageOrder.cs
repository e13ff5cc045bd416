using System.Globalization;
using Dapper;

namespace Platform.Registry.Paging;

/// <summary>The kinds of values that lists are sorted by, as PostgreSQL names them.</summary>
internal enum SortKind
{
    Text,
    Time,
    Number,
    Id,
}

/// <summary>A field that a list may be sorted by. Its SQL is the program's own text, never a caller's.</summary>
internal sealed record SortColumn(string Name, string Sql, SortKind Kind)
{
    public string Type => TypeOf(Kind);

    public static string TypeOf(SortKind kind) => kind switch
    {
        SortKind.Time => "timestamptz",
        SortKind.Number => "bigint",
        SortKind.Id => "uuid",
        _ => "text",
    };

    /// <summary>A cursor comes from outside: a value that PostgreSQL could not cast is refused here.</summary>
    public static bool Accepts(SortKind kind, string value) => kind switch
    {
        SortKind.Time => DateTime.TryParseExact(value, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out _),
        SortKind.Number => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        SortKind.Id => Guid.TryParseExact(value, "D", out _),
        _ => true,
    };

    public static string Write(object value) => value switch
    {
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}

/// <summary>What a list may be sorted by.</summary>
/// <param name="Usual">The order when nobody asks for one.</param>
/// <param name="Id">What tells items apart.</param>
internal sealed record SortColumns(string Usual, SortColumn Id, params IReadOnlyList<SortColumn> Columns)
{
    public SortColumn First => Columns[0];

    public string Allowed => string.Join(", ", Columns.Select(column => column.Name));

    public SortColumn? Find(string name) => Columns.FirstOrDefault(column => column.Name == name);
}

/// <summary>One order of a list, and where a page of it begins.</summary>
/// <param name="From">Null for the first page.</param>
internal sealed record PageOrder(string Sort, SortColumn Column, bool Descending, Cursor? From)
{
    /// <summary>
    /// Ends a <c>SELECT … WHERE …</c>. Put together here, because columns and directions cannot be parameters and a CASE over them would hide
    /// the index; every part is a constant of this program.
    /// </summary>
    public string Sql(SortColumns columns)
    {
        var (compare, direction) = Descending ? ("<", "DESC") : (">", "ASC");
        var from = From is null ? "" : $"AND ({Column.Sql}, {columns.Id.Sql}) {compare} (@fromKey::{Column.Type}, @fromId::{columns.Id.Type})";
        return $"{from} ORDER BY {Column.Sql} {direction}, {columns.Id.Sql} {direction} LIMIT @limit";
    }

    public void AddTo(DynamicParameters values, int limit)
    {
        values.Add("limit", limit + 1); // one more tells whether there is a next page
        if (From is null)
            return;
        values.Add("fromKey", From.Key);
        values.Add("fromId", From.Id);
    }

    /// <param name="rows">Up to one more than fit on the page.</param>
    /// <param name="key">The item's value of the field that the list is sorted by.</param>
    public Page<T> Page<T>(IReadOnlyList<T> rows, int limit, long total, Func<T, object> key, Func<T, object> id)
    {
        if (rows.Count <= limit)
            return new(rows, total, null);
        var last = rows[limit - 1];
        return new([.. rows.Take(limit)], total, new Cursor(Sort, SortColumn.Write(key(last)), SortColumn.Write(id(last))).ToString());
    }
}
