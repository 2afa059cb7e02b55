namespace GpuLstm.PtxDriver.Translation;

/// <summary>
/// The strongly connected components of a graph, as far as they can be reached from an entry, each before those that it leads to
/// (Tarjan's algorithm, without recursion). The first node of a component is the one through which it was entered.
/// </summary>
internal sealed class StrongComponents
{
    private readonly Dictionary<int, (int Number, int Low)> found = [];
    private readonly Stack<int> open = new();
    private readonly HashSet<int> isOpen = [];
    private readonly List<List<int>> sorted = [];

    public StrongComponents(int entry, Func<int, IEnumerable<int>> follow)
    {
        var path = new Stack<(int Node, IEnumerator<int> Left)>();
        Enter(entry);
        while (path.TryPeek(out var top))
        {
            if (top.Left.MoveNext())
            {
                var next = top.Left.Current;
                if (!found.TryGetValue(next, out var numbers))
                    Enter(next);
                else if (isOpen.Contains(next))
                    Lower(top.Node, numbers.Number);
                continue;
            }

            path.Pop();
            if (path.TryPeek(out var before))
                Lower(before.Node, found[top.Node].Low);
            if (found[top.Node].Low == found[top.Node].Number)
                Close(top.Node);
        }

        sorted.Reverse();

        void Enter(int node)
        {
            found[node] = (found.Count, found.Count);
            open.Push(node);
            isOpen.Add(node);
            path.Push((node, follow(node).GetEnumerator()));
        }
    }

    public IReadOnlyList<List<int>> Sorted => sorted;

    private void Lower(int node, int low) => found[node] = (found[node].Number, Math.Min(found[node].Low, low));

    private void Close(int first)
    {
        var component = new List<int>();
        int node;
        do
        {
            node = open.Pop();
            isOpen.Remove(node);
            component.Add(node);
        }
        while (node != first);
        component.Reverse(); // the entry is the first that was found
        sorted.Add(component);
    }
}
