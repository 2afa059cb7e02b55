using GpuLstm.Data;

namespace GpuLstm.Engines.Tables;

/// <summary>
/// The lists of <see cref="Kernels.Operations.EmbeddingBag.Bags"/>, whose names they have: the tokens' rows, and the same the
/// other way round.
/// </summary>
internal sealed class BagLists
{
    /// <param name="tokens">The rows of each token.</param>
    public BagLists(TokenNgrams tokens)
    {
        (TokenStarts, TokenRows) = (tokens.Starts.ToArray(), tokens.Rows.ToArray());
        var ofTokens =
            from token in Enumerable.Range(0, tokens.Count)
            from row in tokens.RowsOf(token).ToArray()
            select (row, token);
        var byRow = ofTokens.GroupBy(entry => entry.row, entry => entry.token).OrderBy(group => group.Key).ToArray();
        RowNumbers = [.. byRow.Select(group => group.Key)];
        RowTokens = [.. byRow.SelectMany(group => group)];
        RowStarts = new int[byRow.Length + 1];
        for (var place = 0; place < byRow.Length; place++)
            RowStarts[place + 1] = RowStarts[place] + byRow[place].Count();
    }

    public int[] TokenStarts { get; }

    public int[] TokenRows { get; }

    public int[] RowNumbers { get; }

    public int[] RowStarts { get; }

    public int[] RowTokens { get; }
}
