using Spectre.Console;
using Spectre.Console.Rendering;

namespace GpuLstm.Cli.Output;

/// <summary>
/// A table on a terminal that is too narrow for it: a paragraph a row, with the column's name before each value.
/// </summary>
internal static class NarrowTable
{
    private const string Indent = "  ";
    private const int BorderOfColumn = 3;
    private const int Unbounded = int.MaxValue / 2;

    /// <summary>
    /// True where the table would be broken: one of more than two columns (two can be wrapped) that is wider than the console.
    /// </summary>
    public static bool Needs(Table table, IAnsiConsole console)
    {
        var options = RenderOptions.Create(console, console.Profile.Capabilities);
        if (table.Columns.Count <= 2)
            return false;
        var cells = table.Columns.Select(
            (column, n) => table.Rows.Select(row => row[n])
                .Append(column.Header)
                .Max(cell => cell.Measure(options, Unbounded).Max)).Sum();
        return cells + BorderOfColumn * table.Columns.Count + 1 > console.Profile.Width;
    }

    /// <summary>The lines of the table, none wider than <paramref name="width"/> unless a word is.</summary>
    public static IEnumerable<string> Lines(Table table, IAnsiConsole console, int width)
    {
        var options = RenderOptions.Create(console, console.Profile.Capabilities);
        if (table.Title is { } title)
            yield return Markup.Remove(title.Text);
        foreach (var row in table.Rows)
        {
            var values = table.Columns.Select((column, n) => (Name: Text(column.Header), Value: Text(row[n]).Trim()))
                .Where(entry => entry.Value.Length > 0).Select(entry => $"{entry.Name} {entry.Value}".TrimStart());
            foreach (var (n, line) in WordWrap.Lines(string.Join(", ", values), width - Indent.Length).Index())
                yield return n == 0 ? line : Indent + line;
        }

        string Text(IRenderable cell) =>
            string.Concat(cell.Render(options, Unbounded).Select(segment => segment.Text)).ReplaceLineEndings(" ");
    }
}
