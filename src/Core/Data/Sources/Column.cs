using System.Globalization;

namespace GpuLstm.Data.Sources;

/// <summary>A column of a file.</summary>
/// <param name="Index">From 0.</param>
/// <param name="Name">Its name; null where columns have none.</param>
internal sealed record Column(int Index, string? Name)
{
    /// <summary>The column that a user means: by its name, in whatever case, or by its number from 1.</summary>
    /// <param name="setting">Where it was given.</param>
    /// <param name="given">A name or a number.</param>
    /// <param name="columns">All columns.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static Column Of(Setting setting, string given, IReadOnlyList<Column> columns, string file) =>
        columns.FirstOrDefault(column => column.Name == given)
            ?? columns.FirstOrDefault(column => given.Equals(column.Name, StringComparison.OrdinalIgnoreCase))
            ?? (int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? columns.ElementAtOrDefault(number - 1)
                : null)
            ?? throw new UserErrorException(
                $"'{file}' has no column '{given}' ({setting}); {(columns.Any(column => column.Name is not null)
                    ? $"it has {string.Join(", ", columns)}"
                    : $"its {columns.Count} columns have no names, give a number from 1")}");

    /// <summary>As messages have it.</summary>
    public override string ToString() => Name is null
        ? string.Create(CultureInfo.InvariantCulture, $"column {Index + 1}")
        : $"column '{Excerpt.Of(Name)}'";
}
