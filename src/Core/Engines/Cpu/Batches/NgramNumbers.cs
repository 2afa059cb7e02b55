using GpuLstm.Data;
using GpuLstm.Options;

namespace GpuLstm.Engines.Cpu.Batches;

/// <summary>
/// The rows of the n-grams' table that a batch's tokens read: each is given a slot, in order of appearance. One object is reused
/// for batch after batch.
/// </summary>
internal sealed class NgramNumbers
{
    private readonly TokenNgrams tokens;
    private readonly int[] slotOf; // [R]
    private readonly bool[] isThere; // [V]
    private readonly int[] numbers;
    private readonly int[] tokensThere;
    private int tokenCount;

    /// <param name="options">The n-grams.</param>
    /// <param name="positions">The most steps of all rows of a batch.</param>
    public NgramNumbers(NgramOptions options, int positions)
    {
        tokens = options.Tokens;
        slotOf = new int[options.Rows];
        Array.Fill(slotOf, -1);
        isThere = new bool[tokens.Count];
        numbers = new int[tokens.MostRowsOf(positions)];
        tokensThere = new int[Math.Min(tokens.Count, positions)];
    }

    /// <summary>How many rows the batch reads.</summary>
    public int Count { get; private set; }

    /// <summary>The row of each slot.</summary>
    public ReadOnlySpan<int> Numbers => numbers.AsSpan(0, Count);

    /// <summary>Whether a token is in the batch.</summary>
    public bool Has(int token) => isThere[token];

    /// <summary>The slot of a row that one of the batch's tokens reads.</summary>
    public int SlotOf(int row) => slotOf[row];

    /// <summary>Begins a batch.</summary>
    public void Clear()
    {
        foreach (var row in Numbers)
            slotOf[row] = -1;
        foreach (var token in tokensThere.AsSpan(0, tokenCount))
            isThere[token] = false;
        (Count, tokenCount) = (0, 0);
    }

    /// <summary>Gives slots to what a row's tokens read.</summary>
    public void Add(ReadOnlySpan<int> row)
    {
        foreach (var token in row)
        {
            if (isThere[token])
                continue;
            isThere[token] = true;
            tokensThere[tokenCount++] = token;
            foreach (var number in tokens.RowsOf(token))
            {
                if (slotOf[number] >= 0)
                    continue;
                slotOf[number] = Count;
                numbers[Count++] = number;
            }
        }
    }
}
