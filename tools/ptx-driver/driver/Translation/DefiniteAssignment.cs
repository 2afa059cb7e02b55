namespace GpuLstm.PtxDriver.Translation;

/// <summary>
/// Which registers may be read before they are written: on some path, or because what writes them has a predicate. Only for those
/// do kernels keep account while they run, lane by lane.
/// </summary>
internal static class DefiniteAssignment
{
    /// <param name="code">The instructions, in the order of the text.</param>
    /// <param name="blocks">
    /// The first instruction of each block that can be reached, the entry first, and the one behind its last.
    /// </param>
    /// <param name="follow">The blocks that may follow one.</param>
    /// <returns>For each instruction that may read too early, the registers.</returns>
    public static Dictionary<int, List<string>> DoubtfulReads(
        IReadOnlyList<DecodedInstruction> code, IReadOnlyList<(int Start, int End)> blocks, Func<int, IEnumerable<int>> follow)
    {
        var ends = blocks.ToDictionary(block => block.Start, block => block.End);
        var assigned = new Dictionary<int, HashSet<string>> { [blocks[0].Start] = [] }; // at a block's start, on all paths so far
        var open = new Queue<int>([blocks[0].Start]);
        while (open.TryDequeue(out var start))
        {
            var after = new HashSet<string>(assigned[start]);
            for (var n = start; n < ends[start]; n++)
            {
                if (!code[n].HasGuard)
                    after.UnionWith(code[n].Writes);
            }

            foreach (var next in follow(start))
            {
                if (assigned.TryGetValue(next, out var before))
                {
                    var count = before.Count;
                    before.IntersectWith(after);
                    if (before.Count == count)
                        continue;
                }
                else
                {
                    assigned[next] = new HashSet<string>(after);
                }

                open.Enqueue(next);
            }
        }

        var doubtful = new Dictionary<int, List<string>>();
        foreach (var (start, end) in blocks)
        {
            var known = assigned[start];
            for (var n = start; n < end; n++)
            {
                var early = code[n].Reads.Where(name => !known.Contains(name)).Distinct().ToList();
                if (early.Count > 0)
                    doubtful.Add(n, early);
                if (!code[n].HasGuard)
                    known.UnionWith(code[n].Writes);
            }
        }

        return doubtful;
    }
}
