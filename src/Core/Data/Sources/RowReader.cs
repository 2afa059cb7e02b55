namespace GpuLstm.Data.Sources;

/// <summary>Labelled texts as they stand in a file, one after the other.</summary>
internal abstract class RowReader : IDisposable
{
    /// <summary>What the file was recognised as, and which column is what: a line for the user.</summary>
    public abstract string Shape { get; }

    /// <summary>The columns' names; empty where they have none.</summary>
    public virtual IReadOnlyList<string> Columns => [];

    /// <summary>All labels that such a file can have, in their usual order; null where they may be any.</summary>
    public virtual IReadOnlyList<string>? KnownLabels => null;

    /// <summary>The labels to tell apart where none are chosen; null for all.</summary>
    public virtual IReadOnlyList<string>? DefaultLabels => null;

    /// <summary>Whether rows have a group.</summary>
    public virtual bool HasGroups => false;

    /// <summary>How much of the source has been read, from 0 to 1; null where its size is not known.</summary>
    public abstract double? Share { get; }

    /// <summary>Where the row is: file and line.</summary>
    public abstract string Place { get; }

    /// <summary>The row's text in UTF-8; good until the next row is read, as all of it.</summary>
    public abstract ReadOnlySpan<byte> Text { get; }

    /// <summary>Its label.</summary>
    public abstract ReadOnlySpan<byte> Label { get; }

    /// <summary>The value of its group.</summary>
    public virtual ReadOnlySpan<byte> Group => default;

    /// <summary>SHA-256 of all bytes of the file; reads what is left of them.</summary>
    public abstract string Sha256();

    /// <summary>Reads the next row that is not bad.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="UserErrorException">A row is bad, and bad rows are an error.</exception>
    public abstract bool Read();

    public abstract void Dispose();
}
