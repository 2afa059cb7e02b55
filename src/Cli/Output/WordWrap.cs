namespace GpuLstm.Cli.Output;

/// <summary>Parts a text into lines between words.</summary>
internal static class WordWrap
{
    /// <summary>Lines of <paramref name="width"/> characters at most, unless a word is longer.</summary>
    public static IEnumerable<string> Lines(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }
}
