namespace GpuLstm.Data;

/// <summary>Texts as the numbers of their tokens, of any length each, one after the other.</summary>
internal sealed class EncodedTexts
{
    private const int BlockShift = 32;
    private readonly int[][] blocks;
    private readonly long[] starts; // of a text: its block, and where it begins there
    private readonly int[] lengths;

    /// <param name="blocks">Numbers of tokens.</param>
    /// <param name="lengths">The tokens of each text [N]; a block holds whole texts.</param>
    public EncodedTexts(int[][] blocks, int[] lengths)
    {
        (this.blocks, this.lengths, starts) = (blocks, lengths, new long[lengths.Length]);
        var (block, start) = (0, 0);
        for (var row = 0; row < lengths.Length; row++)
        {
            while (lengths[row] > 0 && start == blocks[block].Length)
                (block, start) = (block + 1, 0);
            starts[row] = ((long)block << BlockShift) + start;
            start += lengths[row];
        }
    }

    private EncodedTexts(int[][] blocks, int[] lengths, long[] starts) =>
        (this.blocks, this.lengths, this.starts) = (blocks, lengths, starts);

    /// <summary>Texts of one padded matrix.</summary>
    /// <param name="tokens">Numbers of tokens [N, T], row-major.</param>
    /// <param name="lengths">Real tokens of each text [N].</param>
    /// <param name="steps">Steps T.</param>
    public static EncodedTexts OfPadded(int[] tokens, int[] lengths, int steps) =>
        new([tokens], lengths, [.. Enumerable.Range(0, lengths.Length).Select(row => (long)row * steps)]);

    /// <summary>How many texts N.</summary>
    public int Count => lengths.Length;

    /// <summary>The tokens of a text.</summary>
    public ReadOnlySpan<int> TokensOf(int row)
    {
        var start = starts[row];
        return lengths[row] == 0 ? [] : blocks[start >> BlockShift].AsSpan((int)start, lengths[row]);
    }

    /// <summary>Gives tokens other numbers.</summary>
    /// <param name="map">The new number of each.</param>
    public void Renumber(int[] map) => Parallel.ForEach(blocks, block =>
    {
        foreach (ref var token in block.AsSpan())
            token = map[token];
    });
}
