namespace GpuLstm.PtxDriver.Translation;

/// <summary>
/// Orders the blocks of a kernel so that the lanes furthest behind are the ones to run: a block stands behind all that lead to
/// it, and a loop's blocks stand together, before what follows the loop (Bourdoncle's weak topological order). Lanes that have
/// left a loop, or took the shorter side of a branch, then wait where the paths meet. All jumps back of a loop go through one
/// block at its end, so that no lane starts the next round alone.
/// </summary>
internal sealed class CodeLayout
{
    private readonly Dictionary<int, int[]> successors = []; // of a block, by its first instruction
    private readonly List<Element> order = [];

    /// <summary>A block, or the end of a loop, from where all its jumps back go to the block.</summary>
    internal readonly record struct Element(int Block, bool IsLoopEnd);

    /// <param name="starts">The first instructions of all blocks, in the order of the text.</param>
    /// <param name="follow">The blocks that may follow one.</param>
    public CodeLayout(IReadOnlyList<int> starts, Func<int, IEnumerable<int>> follow)
    {
        foreach (var start in starts)
            successors[start] = [.. follow(start)];
        var reachable = Reachable(starts[0]);
        Arrange(reachable, starts[0], []);
    }

    /// <summary>All blocks that can be reached, in the order to stand in.</summary>
    public IReadOnlyList<Element> Order => order;

    /// <summary>Whether an edge goes back to the start of a loop that the block belongs to.</summary>
    public HashSet<(int From, int To)> JumpsBack { get; } = [];

    private HashSet<int> Reachable(int entry)
    {
        var found = new HashSet<int> { entry };
        var open = new Stack<int>([entry]);
        while (open.TryPop(out var block))
        {
            foreach (var next in successors[block].Where(found.Add))
                open.Push(next);
        }

        return found;
    }

    // Orders a set of blocks, without the edges to the starts of the loops around it.
    private void Arrange(HashSet<int> blocks, int entry, HashSet<int> loopStarts)
    {
        foreach (var component in new StrongComponents(
            entry, block => successors[block].Where(next => blocks.Contains(next) && !loopStarts.Contains(next))).Sorted)
        {
            var start = component[0];
            var isLoop = component.Count > 1 || (successors[start].Contains(start) && !loopStarts.Contains(start));
            if (!isLoop)
            {
                order.Add(new Element(start, IsLoopEnd: false));
                continue;
            }

            var members = component.ToHashSet();
            foreach (var member in component.Where(member => successors[member].Contains(start)))
                JumpsBack.Add((member, start));
            Arrange(members, start, [.. loopStarts, start]);
            order.Add(new Element(start, IsLoopEnd: true));
        }
    }
}
