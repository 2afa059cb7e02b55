namespace GpuLstm.Kernels.Operations;

public static partial class BatchIndex
{
    /// <summary>The operation as its definition reads.</summary>
    /// <param name="Slots">The slot of each position [T, B]; -1 where a row has ended.</param>
    /// <param name="SlotTokens">The token of each slot [U].</param>
    /// <param name="SortedPositions">The positions that run, sorted by slot, row and step.</param>
    /// <param name="SegmentStarts">Where each slot's segment begins, and where the last ends [U + 1].</param>
    /// <param name="ChunkStarts">Where each slot's chunks begin, and where the last ends [U + 1].</param>
    /// <param name="ChunkSlots">The slot of each chunk.</param>
    public sealed record Reference(
        int[] Slots, int[] SlotTokens, int[] SortedPositions, int[] SegmentStarts, int[] ChunkStarts, int[] ChunkSlots)
    {
        /// <param name="tokens">The rows' tokens, a list a row, its running steps only.</param>
        /// <param name="steps">Steps T.</param>
        /// <param name="vocabularySize">Rows of the embedding V.</param>
        public static Reference Of(IReadOnlyList<int[]> tokens, int steps, int vocabularySize)
        {
            int[] slotTokens = vocabularySize <= MaxUncompacted
                ? [.. Enumerable.Range(0, vocabularySize)]
                : [.. tokens.SelectMany(row => row).Distinct().Order()];
            var slots = new int[steps * tokens.Count];
            Array.Fill(slots, -1);
            var segments = slotTokens.Select(_ => new List<int>()).ToArray();
            for (var b = 0; b < tokens.Count; b++)
            {
                for (var t = 0; t < tokens[b].Length; t++)
                {
                    var position = t * tokens.Count + b;
                    slots[position] = Array.BinarySearch(slotTokens, tokens[b][t]);
                    segments[slots[position]].Add(position);
                }
            }

            var chunks = segments.Select(segment => (segment.Count + SegmentSum.ChunkPositions - 1) / SegmentSum.ChunkPositions)
                .ToArray();
            return new Reference(
                slots,
                slotTokens,
                [.. segments.SelectMany(segment => segment)],
                Starts(segments.Select(segment => segment.Count)),
                Starts(chunks),
                [.. chunks.SelectMany((count, slot) => Enumerable.Repeat(slot, count))]);
        }

        private static int[] Starts(IEnumerable<int> lengths)
        {
            var starts = new List<int> { 0 };
            foreach (var length in lengths)
                starts.Add(starts[^1] + length);
            return [.. starts];
        }
    }
}
