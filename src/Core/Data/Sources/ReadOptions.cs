namespace GpuLstm.Data.Sources;

/// <summary>
/// How labelled texts are read from a file. What is null is recognised from the first part of the file, and
/// <see cref="ReadReport.Shape"/> tells as what.
/// </summary>
public sealed record ReadOptions
{
    /// <summary>The defaults: all is recognised, and a bad row is an error.</summary>
    public static ReadOptions Default { get; } = new();

    /// <summary>For <see cref="GroupColumn"/>: rows have no groups.</summary>
    public static string NoGroup { get; } = "none";

    /// <summary>What separates the columns of a line; given, the file is one of columns.</summary>
    public char? Separator { get; init; }

    /// <summary>
    /// The name of the file's encoding, such as <c>latin1</c>, <c>windows-1252</c> or <c>utf-16</c>; null: that of its byte-order
    /// mark, else UTF-8.
    /// </summary>
    public string? Encoding { get; init; }

    /// <summary>The column of the texts: its name in the header or in JSON, or its number from 1.</summary>
    public string? TextColumn { get; init; }

    /// <summary>The column of the labels, likewise.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>
    /// A column whose equal values belong together, such as a customer or a conversation, likewise: rows with the same value are
    /// all trained on, or all tested on. Null: one with a usual name, such as <c>conversation_id</c>, if its values repeat;
    /// <see cref="NoGroup"/> for none.
    /// </summary>
    public string? GroupColumn { get; init; }

    /// <summary>Whether rows that cannot be read are counted and left out, rather than being an error.</summary>
    public bool SkipBadRows { get; init; }

    /// <summary>The most bytes of one row in UTF-8: a quote that is never closed reads on.</summary>
    internal int MaxRowBytes { get; init; } = TextLimit.DefaultBytes;

    /// <summary>Refuses what no file can have.</summary>
    /// <exception cref="UserErrorException">The message names the setting.</exception>
    public void Check()
    {
        if (Encoding is not null)
            TextEncodings.Named(Encoding);
        if (Separator is '"' or '\r' or '\n' or '\0' or > '\x7F')
        {
            throw new UserErrorException(
                $"{Setting.Separator} '{Separator}' is not possible: give a comma, a semicolon, a tab or another character of "
                + $"ASCII");
        }
    }
}
