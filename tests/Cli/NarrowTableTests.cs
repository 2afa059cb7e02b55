using GpuLstm.Cli.Output;
using Spectre.Console;

namespace GpuLstm.Tests.Cli;

/// <summary>Tables on terminals of several widths.</summary>
public sealed class NarrowTableTests
{
    [Theory]
    [InlineData(28, true)] // 9 + 6 + 4 letters, and the borders of three columns
    [InlineData(29, false)]
    public void A_table_is_needed_in_another_form_where_a_cell_would_be_broken(int width, bool needed) =>
        Assert.Equal(needed, NarrowTable.Needs(Create(), Console(width)));

    [Fact]
    public void A_row_becomes_a_paragraph_of_names_and_values() => Assert.Equal(
        ["the [title]", "parameter weight_ih,", "  shape [4, 2], fine", "parameter two words,", "  shape 1"],
        NarrowTable.Lines(Create(), Console(26), 26));

    private static Table Create() => new Table().Title("the [[title]]").AddColumns("parameter", "shape", "")
        .AddRow("weight_ih", "[[4, 2]]", "[green]fine[/]").AddRow("two words", "1", "");

    private static IAnsiConsole Console(int width)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(new StringWriter()) });
        console.Profile.Width = width;
        return console;
    }
}
