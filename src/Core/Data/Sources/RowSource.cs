namespace GpuLstm.Data.Sources;

/// <summary>Recognises what holds labelled texts, and opens it.</summary>
internal static class RowSource
{
    /// <summary>Opens a file or a folder.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="bad">Is told of bad rows.</param>
    /// <exception cref="UserErrorException">It is not there, empty, or nothing that is known.</exception>
    public static RowReader Open(string path, ReadOptions options, BadRows bad)
    {
        options.Check();
        return Directory.Exists(path)
            ? OpenFolder(path, options, bad)
            : Open(DataInput.Open(path, options.Encoding), options, bad);
    }

    /// <summary>Opens what a stream gives.</summary>
    /// <param name="stream">From its beginning.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="bad">Is told of bad rows.</param>
    /// <exception cref="UserErrorException">It is empty, or nothing that is known.</exception>
    public static RowReader Open(Stream stream, string name, ReadOptions options, BadRows bad)
    {
        options.Check();
        return Open(new DataInput(stream, name, options.Encoding), options, bad);
    }

    private static RowReader Open(DataInput input, ReadOptions options, BadRows bad)
    {
        try
        {
            var start = Utf8Text.WithoutByteOrderMark(input.Sample.Span).TrimStart(" \t\r\n"u8);
            if (options.Separator is null && start is [(byte)'{', ..])
                return new JsonLinesRows(input, options, bad);
            if (options.Separator is null && IsJsonList(start))
                throw new UserErrorException($"'{input.Name}' is a JSON list; give an object a line, as jq -c '.[]' makes them");
            if (options.Separator is null && start.StartsWith(FastTextRows.Prefix))
            {
                RefuseColumns(options, input.Name, "fastText's form");
                return new FastTextRows(input, options, bad);
            }

            return new SeparatedRows(input, options, bad);
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    private static bool IsJsonList(ReadOnlySpan<byte> start) =>
        start is [(byte)'[', ..] && start[1..].TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];

    private static FolderRows OpenFolder(string path, ReadOptions options, BadRows bad)
    {
        RefuseColumns(options, path, "a folder of texts");
        return new FolderRows(path, options, bad);
    }

    private static void RefuseColumns(ReadOptions options, string name, string what)
    {
        var (setting, given) =
            options.TextColumn is not null ? (Setting.TextColumn, options.TextColumn)
            : options.LabelColumn is not null ? (Setting.LabelColumn, options.LabelColumn)
            : (Setting.GroupColumn, options.GroupColumn == ReadOptions.NoGroup ? null : options.GroupColumn);
        if (given is not null)
            throw new UserErrorException($"'{name}' is {what}, which has no columns; leave out {setting} {given}");
    }
}
