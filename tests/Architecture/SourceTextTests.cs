using System.Text.RegularExpressions;

namespace GpuLstm.Tests.Architecture;

/// <summary>What the compiler and <c>dotnet format</c> do not look at in source files.</summary>
public sealed partial class SourceTextTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(SourceTree.Root, ".editorconfig"));

    [Fact]
    public void No_line_is_longer_than_editorconfig_says()
    {
        var limit = int.Parse(Lines.Single(line => line.StartsWith("max_line_length", StringComparison.Ordinal)).Split('=')[1]);
        Assert.Equal("", Join(line => line.Length > limit));
    }

    [Fact]
    public void No_comment_is_a_letter_alone() => Assert.Equal("", Join(line => LetterAlone().IsMatch(line)));

    private static string Join(Predicate<string> isWrong)
    {
        Assert.NotEmpty(SourceTree.AllFiles);
        var wrong = from file in SourceTree.AllFiles
                    from line in File.ReadLines(Path.Combine(SourceTree.Root, file)).Index()
                    where isWrong(line.Item)
                    select $"{file}:{line.Index + 1}";
        return string.Join('\n', wrong);
    }

    [GeneratedRegex(
        @"///.*<(summary|param [^>]*|returns)>[^<>\s]{1,3}</", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex LetterAlone();
}
