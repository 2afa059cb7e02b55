namespace GpuLstm.Data.Sources;

/// <summary>A file with a row a line.</summary>
internal abstract class LineRows : RowReader
{
    private readonly DataInput input;
    private readonly LineReader lines;

    /// <param name="input">The file, which is disposed of with this.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="bad">Is told of bad rows.</param>
    protected LineRows(DataInput input, ReadOptions options, BadRows bad)
    {
        (this.input, Bad) = (input, bad);
        lines = new LineReader(input.Text, $"'{input.Name}'", options.MaxRowBytes);
    }

    public sealed override double? Share => input.Share;

    public sealed override string Place => $"'{input.Name}' line {lines.LineNumber}";

    /// <summary>Is told of bad rows.</summary>
    protected BadRows Bad { get; }

    public sealed override bool Read()
    {
        while (lines.ReadBytes(out var line))
        {
            if (line.Span.Trim(" \t"u8).IsEmpty)
                continue;
            if (Utf8Text.IndexOfInvalid(line.Span) is >= 0 and var invalid)
                Bad.Add(Place, NotUtf8.Reason(line.Span, invalid), NotUtf8.Advice, NotUtf8.Kind);
            else if (Parse(line))
                return true;
        }

        return false;
    }

    public sealed override string Sha256() => input.Sha256();

    public sealed override void Dispose() => input.Dispose();

    /// <summary>Takes a line as the row.</summary>
    /// <returns>False for a bad one, of which <see cref="Bad"/> was told.</returns>
    protected abstract bool Parse(ReadOnlyMemory<byte> line);
}
