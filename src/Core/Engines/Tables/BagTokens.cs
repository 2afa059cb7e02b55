using GpuLstm.Data;

namespace GpuLstm.Engines.Tables;

/// <summary>Which tokens have a row of the n-grams' table: the lists of <see cref="TokenNgrams"/> the other way round.</summary>
internal sealed class BagTokens
{
    /// <param name="tokens">The rows of each token.</param>
    public BagTokens(TokenNgrams tokens)
    {
        var ends = new int[tokens.LastRow + 1]; // of each row: first how many tokens have it
        foreach (var row in tokens.Rows)
            ends[row]++;
        Rows = [.. Enumerable.Range(0, ends.Length).Where(row => ends[row] > 0)];
        Starts = new int[Rows.Length + 1];
        for (var place = 0; place < Rows.Length; place++)
        {
            Starts[place + 1] = Starts[place] + ends[Rows[place]];
            ends[Rows[place]] = Starts[place];
        }

        Tokens = new int[tokens.Rows.Length];
        for (var token = 0; token < tokens.Count; token++)
        {
            foreach (var row in tokens.RowsOf(token))
                Tokens[ends[row]++] = token;
        }
    }

    /// <summary>The rows that some token has, ascending [M].</summary>
    public int[] Rows { get; }

    /// <summary>Where the tokens of each of them begin, and where the last ends [M + 1].</summary>
    public int[] Starts { get; }

    /// <summary>The tokens of each of them, ascending.</summary>
    public int[] Tokens { get; }
}
