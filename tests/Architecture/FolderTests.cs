namespace GpuLstm.Tests.Architecture;

/// <summary>The folders show the architecture: each uses what is below it, and nothing above.</summary>
public sealed class FolderTests
{
    [Fact]
    public void No_folders_use_each_other_in_a_circle()
    {
        var uses = SourceTree.Uses();
        Assert.NotEmpty(uses);
        var circles = uses.Where(use => Reaches(uses, use.To, use.From))
            .Select(use => $"{use.From} -> {use.To}: {use.Example}")
            .ToArray();
        Assert.True(circles.Length == 0, string.Join('\n', circles));
    }

    [Fact]
    public void The_compiler_understands_every_name() => Assert.Equal("", string.Join('\n', SourceTree.Errors()));

    [Fact]
    public void A_circle_is_seen()
    {
        FolderUse[] uses = [new("a", "b", ""), new("b", "c", ""), new("c", "a", ""), new("d", "a", "")];
        Assert.True(Reaches(uses, "b", "a"));
        Assert.False(Reaches(uses, "a", "d"));
    }

    private static bool Reaches(IReadOnlyList<FolderUse> uses, string from, string to)
    {
        var (seen, next) = (new HashSet<string>(), new Stack<string>([from]));
        while (next.TryPop(out var folder))
        {
            if (folder == to)
                return true;
            if (!seen.Add(folder))
                continue;
            foreach (var use in uses.Where(use => use.From == folder))
                next.Push(use.To);
        }

        return false;
    }
}
