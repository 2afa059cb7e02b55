namespace GpuLstm.Data;

/// <summary>Some texts on their way from bytes to tokens; used again and again.</summary>
internal sealed class TextBlock
{
    private const int Bytes = 512 * 1024;
    private readonly List<int> ends = [];
    private byte[] bytes = new byte[Bytes];
    private int filled;

    /// <summary>Its place among all blocks.</summary>
    public int Number { get; private set; }

    /// <summary>Whether it is large enough to be worked on.</summary>
    public bool IsFull => filled >= Bytes;

    /// <summary>Begins anew.</summary>
    /// <param name="number">Its place among all blocks.</param>
    public TextBlock Begin(int number)
    {
        (Number, filled) = (number, 0);
        ends.Clear();
        return this;
    }

    /// <summary>Adds a text.</summary>
    /// <param name="text">In UTF-8.</param>
    public void Add(ReadOnlySpan<byte> text)
    {
        if (bytes.Length - filled < text.Length)
            Array.Resize(ref bytes, Math.Max(2 * bytes.Length, filled + text.Length));
        text.CopyTo(bytes.AsSpan(filled));
        filled += text.Length;
        ends.Add(filled);
    }

    /// <summary>How many texts.</summary>
    public int Count => ends.Count;

    /// <summary>One of them.</summary>
    public ReadOnlySpan<byte> TextOf(int row) => bytes.AsSpan((row == 0 ? 0 : ends[row - 1])..ends[row]);
}
