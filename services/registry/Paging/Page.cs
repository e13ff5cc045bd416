namespace Platform.Registry.Paging;

/// <summary>A part of a list.</summary>
/// <param name="Total">Of all pages together; at most <see cref="Totals.Freshness"/> old.</param>
/// <param name="Next">To be sent as <c>after</c> for the next page; null on the last one.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, long Total, string? Next);

/// <summary>The query parameters that every list takes.</summary>
/// <param name="Limit">Items per page, 1 to 500; by default 50.</param>
/// <param name="Sort">A field of the list, with <c>-</c> in front for the largest first.</param>
/// <param name="After">The <c>next</c> of the page before.</param>
internal sealed record PageQuery(int? Limit, string? Sort, string? After)
{
    private const int Usual = 50;
    private const int Most = 500;

    public int Size => Limit ?? Usual;

    /// <summary>What is wrong: field → value and what is allowed.</summary>
    /// <param name="order">By what, and from where on; meaningless when there are errors.</param>
    public Dictionary<string, string> Read(SortColumns columns, out PageOrder order)
    {
        var errors = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Size is < 1 or > Most)
            errors["limit"] = $"{Limit} is out of range; allowed is 1 to {Most}.";

        var sort = Sort ?? columns.Usual;
        var descending = sort.StartsWith('-');
        var column = columns.Find(sort[(descending ? 1 : 0)..]);
        if (column is null)
            errors["sort"] = $"'{Sort}' is not allowed; allowed are {columns.Allowed}, with - in front for the largest first.";

        var from = After is null ? null : Cursor.TryParse(After);
        if (After is not null && from is null)
            errors["after"] = "it is not the 'next' of a page.";
        else if (from is not null && from.Sort != sort)
            errors["after"] = $"it is the 'next' of a list sorted by '{from.Sort}', not by '{sort}'.";
        else if (from is not null && column is not null && !(SortColumn.Accepts(column.Kind, from.Key) && SortColumn.Accepts(columns.Id.Kind, from.Id)))
            errors["after"] = "it is not the 'next' of a page of this list.";

        order = new PageOrder(sort, column ?? columns.First, descending, from);
        return errors;
    }
}
