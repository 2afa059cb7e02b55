using System.Runtime.InteropServices;

namespace GpuLstm.PtxDriver.Machine;

/// <summary>
/// The device's memory: memory of this process, of which it knows every piece. A freed piece's addresses are invalid at once, and
/// between two pieces lies a gap, so that what runs over an end is seen.
/// </summary>
/// <param name="capacity">Its bytes.</param>
/// <param name="fresh">What every unwritten byte of it holds.</param>
internal sealed unsafe class DeviceMemory(long capacity, byte fresh)
{
    private const int Alignment = 256;
    private const int Gap = 4096;

    private readonly SortedList<ulong, Block> blocks = [];

    /// <summary>A piece of memory.</summary>
    /// <param name="Start">Its first address.</param>
    /// <param name="End">The address behind it.</param>
    /// <param name="IsHost">Whether it belongs to the host, pinned for the device.</param>
    internal readonly record struct Block(ulong Start, ulong End, bool IsHost);

    public long Capacity => capacity;

    public long Used { get; private set; }

    /// <summary>Allocates memory with no content of use; null if there is not so much left.</summary>
    public ulong? Allocate(long bytes, bool isHost)
    {
        if (!isHost && Used + bytes > capacity)
            return null;
        var raw = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes + (2 * Gap)), Alignment);
        if (raw is null)
            return null;
        new Span<byte>(raw, 2 * Gap).Fill(fresh);
        NativeMemory.Fill(raw + Gap, (nuint)bytes, fresh);
        var start = (ulong)(raw + Gap);
        blocks.Add(start, new Block(start, start + (ulong)bytes, isHost));
        Used += isHost ? 0 : bytes;
        return start;
    }

    /// <summary>Frees memory by its first address.</summary>
    /// <returns>False if no piece of this sort begins there.</returns>
    public bool Free(ulong start, bool isHost)
    {
        if (!blocks.TryGetValue(start, out var block) || block.IsHost != isHost)
            return false;
        blocks.Remove(start);
        Used -= isHost ? 0 : (long)(block.End - block.Start);
        NativeMemory.AlignedFree((byte*)start - Gap);
        return true;
    }

    /// <summary>The piece that holds an address.</summary>
    public Block? Find(ulong address)
    {
        var (low, high) = (0, blocks.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (blocks.GetValueAtIndex(middle).End <= address)
                low = middle + 1;
            else
                high = middle;
        }

        return low < blocks.Count && blocks.GetValueAtIndex(low) is var block && block.Start <= address ? block : null;
    }

    /// <summary>Whether a range is in one piece.</summary>
    public bool Contains(ulong address, ulong bytes) => Find(address) is { } block && bytes <= block.End - address;

    /// <summary>Says where an address lies that is in no piece, for a message.</summary>
    public string Near(ulong address)
    {
        if (blocks.Count == 0)
            return "";
        var nearest = blocks.Values.MinBy(block => Distance(block, address));
        var side = address < nearest.Start ? "before" : "behind";
        return $": {Distance(nearest, address)} bytes {side} an allocation of {nearest.End - nearest.Start} bytes";
    }

    private static ulong Distance(Block block, ulong address) =>
        address < block.Start ? block.Start - address : address >= block.End ? address - block.End : 0;
}
