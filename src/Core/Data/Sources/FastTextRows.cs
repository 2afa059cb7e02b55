namespace GpuLstm.Data.Sources;

/// <summary>fastText's form: a line a row, <c>__label__NAME</c> and a text.</summary>
/// <param name="input">The file, which is disposed of with this.</param>
/// <param name="options">How it is read.</param>
/// <param name="bad">Is told of bad rows.</param>
internal sealed class FastTextRows(DataInput input, ReadOptions options, BadRows bad) : LineRows(input, options, bad)
{
    private ReadOnlyMemory<byte> label;
    private ReadOnlyMemory<byte> text;

    /// <summary>What a line begins with.</summary>
    public static ReadOnlySpan<byte> Prefix => "__label__"u8;

    public override string Shape => "fastText's form, a label and a text a line";

    public override ReadOnlySpan<byte> Text => text.Span;

    public override ReadOnlySpan<byte> Label => label.Span;

    protected override bool Parse(ReadOnlyMemory<byte> line)
    {
        if (!line.Span.StartsWith(Prefix))
        {
            Bad.Add(Place, "it does not begin with __label__", $"put a label before each text, as in '__label__good a text'");
            return false;
        }

        var rest = line[Prefix.Length..];
        var end = rest.Span.IndexOfAny(" \t"u8);
        label = end < 0 ? rest : rest[..end];
        text = end < 0 ? default : rest[end..].TrimStart(" \t"u8);
        if (!text.Span.StartsWith(Prefix))
            return true;
        Bad.Add(Place, "it has more than one label", $"give each text one label");
        return false;
    }
}
