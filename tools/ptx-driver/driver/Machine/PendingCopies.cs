namespace GpuLstm.PtxDriver.Machine;

/// <summary>
/// A warp's copies from global to shared memory that have been begun (<c>cp.async</c>). They are carried out as late as a device
/// may: when a thread waits for them. What does not wait reads what was there before.
/// </summary>
internal sealed unsafe class PendingCopies
{
    private readonly List<Copy> copies = [];
    private readonly int[] committed = new int[Warp.Size];

    /// <param name="Lane">Whose copy it is.</param>
    /// <param name="Group">The lane's groups that were committed before.</param>
    /// <param name="Target">The offset in shared memory.</param>
    /// <param name="Source">Where it comes from.</param>
    /// <param name="Bytes">What it writes.</param>
    /// <param name="SourceBytes">What it reads; zeros follow.</param>
    internal readonly record struct Copy(int Lane, int Group, uint Target, ulong Source, int Bytes, int SourceBytes);

    public void Clear()
    {
        copies.Clear();
        Array.Clear(committed);
    }

    public void Begin(int lane, uint target, ulong source, int bytes, int sourceBytes) =>
        copies.Add(new Copy(lane, committed[lane], target, source, bytes, sourceBytes));

    /// <summary>Makes a group of what the active lanes have begun since the last.</summary>
    public void Commit(uint lanes)
    {
        for (; lanes != 0; lanes &= lanes - 1)
            committed[LaneMask.First(lanes)]++;
    }

    /// <summary>Carries out the active lanes' copies but for those of the newest groups.</summary>
    /// <param name="warp">The warp.</param>
    /// <param name="newest">The number of groups that may be under way still; null: none may, committed or not.</param>
    public void Complete(Warp warp, int? newest)
    {
        var shared = warp.Group.Shared;
        foreach (var copy in copies.Where(IsDue))
        {
            new Span<byte>((byte*)copy.Source, copy.SourceBytes)
                .CopyTo(new Span<byte>(shared.Base + copy.Target, copy.SourceBytes));
            new Span<byte>(shared.Base + copy.Target + copy.SourceBytes, copy.Bytes - copy.SourceBytes).Clear();
            shared.Races.Arrive(warp, copy.Lane, copy.Target, copy.Bytes);
        }

        copies.RemoveAll(IsDue);

        bool IsDue(Copy copy) =>
            (warp.Active >> copy.Lane & 1) != 0 && (newest is not { } n || copy.Group < committed[copy.Lane] - n);
    }
}
