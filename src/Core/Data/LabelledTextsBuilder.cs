using System.Security.Cryptography;
using System.Text;
using GpuLstm.Data.Sources;

namespace GpuLstm.Data;

/// <summary>Takes labelled texts one by one, counts what is left out, and has the others encoded.</summary>
internal sealed class LabelledTextsBuilder : IDisposable
{
    private readonly TokenKind kind;
    private readonly LabelTable table;
    private readonly TextEncoder encoder;
    private readonly TokenIds? groupIds;
    private readonly List<int> labels = [];
    private readonly List<int> groups = [];
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long rows;
    private int emptyTexts;
    private int emptyLabels;
    private int otherLabels;

    /// <param name="kind">What a token is.</param>
    /// <param name="table">Chooses the classes.</param>
    /// <param name="threads">How many threads share the work; null for one a core.</param>
    /// <param name="cancellation">Looked at now and then.</param>
    /// <param name="hasGroups">Whether rows have a group.</param>
    public LabelledTextsBuilder(
        TokenKind kind, LabelTable table, int? threads, CancellationToken cancellation, bool hasGroups = false)
    {
        (this.kind, this.table) = (kind, table);
        encoder = new TextEncoder(kind, threads ?? Environment.ProcessorCount, cancellation);
        groupIds = hasGroups ? new TokenIds() : null;
    }

    /// <summary>A row of a file, all in UTF-8.</summary>
    public void Add(ReadOnlySpan<byte> text, ReadOnlySpan<byte> label, ReadOnlySpan<byte> group)
    {
        rows++;
        var id = table.IdOf(label);
        if (id == LabelTable.Empty)
            emptyLabels++;
        else if (id == LabelTable.Other)
            otherLabels++;
        else if (text.IsEmpty)
            emptyTexts++;
        else
            AddKept(text, id, group);
    }

    /// <summary>A row of a program, whose hash is that of its texts and labels.</summary>
    public void Add(string text, string label)
    {
        if (text is null || label is null)
            throw new ArgumentException($"the {(text is null ? "text" : "label")} of row {rows} is null", nameof(text));
        var (textBytes, labelBytes) = (Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(label));
        hash.AppendData(labelBytes);
        hash.AppendData([0]);
        hash.AppendData(textBytes);
        hash.AppendData([0]);
        Add(textBytes, labelBytes, group: default);
    }

    /// <summary>The texts of a program.</summary>
    public LabelledTexts Build() =>
        Build(
        "texts of a program", Convert.ToHexStringLower(hash.GetCurrentHash()), "texts of a program", [], [],
        ReadOptions.Default);

    /// <summary>The texts of a file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="sha256">Of its bytes.</param>
    /// <param name="shape">See <see cref="ReadReport.Shape"/>.</param>
    /// <param name="columns">See <see cref="ReadReport.Columns"/>.</param>
    /// <param name="badRows">See <see cref="ReadReport.BadRows"/>.</param>
    /// <param name="options">How it was read.</param>
    public LabelledTexts Build(
        string name, string sha256, string shape, IReadOnlyList<string> columns, IReadOnlyList<BadRowCount> badRows,
        ReadOptions options)
    {
        var encoded = encoder.Complete(out var tokens);
        var classes = table.Classes(out var map);
        var report = new ReadReport(shape, columns, rows, table.Counts, emptyTexts, emptyLabels, otherLabels, badRows);
        return new LabelledTexts(
            name, sha256, kind, classes, report, encoded, tokens, [.. labels.Select(id => map[id])],
            groupIds is null ? null : [.. groups])
        {
            Options = options,
        };
    }

    public void Dispose()
    {
        encoder.Dispose();
        hash.Dispose();
    }

    private void AddKept(ReadOnlySpan<byte> text, int label, ReadOnlySpan<byte> group)
    {
        labels.Add(label);
        if (groupIds is not null) // a row without one is a group of its own
            groups.Add(groupIds.IdOf(group.IsEmpty ? $"\0{rows}" : Encoding.UTF8.GetString(group)));
        encoder.Add(text);
    }
}
