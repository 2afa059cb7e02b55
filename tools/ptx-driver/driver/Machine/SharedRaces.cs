using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GpuLstm.PtxDriver.Machine;

/// <summary>
/// Watches each word of shared memory: who wrote it last, and who has read it since, so that accesses that no barrier orders are
/// seen, and reads of what is unwritten. Time counts barriers: an access is before another if its time is earlier than the last
/// barrier of the group, or of the warp (<c>bar.warp.sync</c>) among threads of a warp. Accesses of less than a word count as
/// writes and reads of the word by no thread in particular.
/// </summary>
internal sealed unsafe class SharedRaces(int bytes) : IDisposable
{
    private const int WordBytes = 4;
    private const int NoWarp = -1;
    private const int Asynchronous = -2;
    private const int BeforeAll = 1;

    private readonly int words = (bytes + WordBytes - 1) / WordBytes;
    private readonly Word* history =
        (Word*)NativeMemory.AlignedAlloc((nuint)(Math.Max(1, (bytes + WordBytes - 1) / WordBytes) * sizeof(Word)), 64);
    private readonly int[] warpBarriers = new int[Warp.Size];
    private int now;
    private int groupBarrier;

    // A time of 0: never.
    private struct Word
    {
        public int WriteTime;
        public int Writer;
        public bool IsAtomic;

        /// <summary>The warp that read it last, its lanes that have, and when.</summary>
        public int ReadTime;
        public int ReaderWarp;
        public uint ReaderLanes;

        /// <summary>Another warp that read it, and when.</summary>
        public int OtherReadTime;
        public int OtherReaderWarp;
    }

    /// <summary>A group starts: nothing has been written.</summary>
    public void Begin()
    {
        NativeMemory.Clear(history, (nuint)(words * sizeof(Word)));
        Array.Clear(warpBarriers);
        groupBarrier = BeforeAll;
        now = BeforeAll + 1;
    }

    /// <summary>All threads of the group have met.</summary>
    public void GroupBarrier() => groupBarrier = now++;

    /// <summary>The threads of a warp have met.</summary>
    public void WarpBarrier(int warp) => warpBarriers[warp] = now++;

    /// <summary>A warp's lanes read the word at an offset.</summary>
    /// <returns>Whether anybody has written it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Read(Warp warp, uint lanes, uint offset)
    {
        ref var word = ref history[offset / WordBytes];
        if (word.WriteTime > groupBarrier)
            CheckRead(warp, lanes, offset, in word);
        if (word.ReadTime == now && word.ReaderWarp == warp.Index)
            word.ReaderLanes |= lanes;
        else
            NoteReader(warp, lanes, ref word);
        return word.WriteTime != 0;
    }

    /// <summary>A lane writes the word at an offset.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(Warp warp, int lane, uint offset, bool isAtomic)
    {
        ref var word = ref history[offset / WordBytes];
        if (word.WriteTime > groupBarrier || word.ReadTime > groupBarrier)
            CheckWrite(warp, lane, offset, isAtomic && word.IsAtomic, in word);
        (word.IsAtomic, word.Writer, word.WriteTime) = (isAtomic, Thread(warp, lane), now);
    }

    /// <summary>A part of a word is read or written.</summary>
    /// <returns>Whether anybody has written to the word.</returns>
    public bool Touch(uint offset, bool isWrite)
    {
        ref var word = ref history[offset / WordBytes];
        if (isWrite)
            (word.Writer, word.WriteTime) = (NoWarp, BeforeAll);
        return word.WriteTime != 0;
    }

    /// <summary>What was written at an offset is as good as not written.</summary>
    public void Forget(uint offset, int bytes)
    {
        for (var end = offset + (uint)bytes; offset < end; offset += WordBytes)
            history[offset / WordBytes].WriteTime = 0;
    }

    /// <summary>A lane begins a copy to an offset: no lane may use what is there until it has arrived.</summary>
    public void Depart(Warp warp, int lane, uint offset, int bytes)
    {
        for (var end = offset + (uint)bytes; offset < end; offset += WordBytes)
        {
            ref var word = ref history[offset / WordBytes];
            CheckWrite(warp, lane, offset, false, in word);
            (word.IsAtomic, word.Writer, word.WriteTime) = (false, Asynchronous, int.MaxValue);
        }
    }

    /// <summary>A lane's copy has arrived: the lane may use it, and others behind a barrier.</summary>
    public void Arrive(Warp warp, int lane, uint offset, int bytes)
    {
        for (var end = offset + (uint)bytes; offset < end; offset += WordBytes)
            (history[offset / WordBytes].Writer, history[offset / WordBytes].WriteTime) = (Thread(warp, lane), now);
    }

    public void Dispose() => NativeMemory.AlignedFree(history);

    private void CheckRead(Warp warp, uint lanes, uint offset, in Word word)
    {
        if (IsUnordered(warp, word.Writer, word.WriteTime) && (lanes & ~Lane(warp, word.Writer)) is var victims and not 0)
            Fail(victims, offset, $"is read, but {Name(word.Writer)} wrote it since the last barrier");
    }

    private void NoteReader(Warp warp, uint lanes, ref Word word)
    {
        if (word.ReaderWarp == warp.Index && word.ReadTime >= Barrier(warp.Index))
        {
            word.ReaderLanes |= lanes;
        }
        else
        {
            if (word.ReaderWarp != warp.Index)
                (word.OtherReaderWarp, word.OtherReadTime) = (word.ReaderWarp, word.ReadTime);
            (word.ReaderWarp, word.ReaderLanes) = (warp.Index, lanes);
        }

        word.ReadTime = now;
    }

    private void CheckWrite(Warp warp, int lane, uint offset, bool areAtomic, in Word word)
    {
        if (areAtomic)
            return;
        var self = 1u << lane;
        if (word.Writer != Thread(warp, lane) && IsUnordered(warp, word.Writer, word.WriteTime))
            Fail(self, offset, $"is written, but {Name(word.Writer)} wrote it since the last barrier");
        var isOwnWarp = word.ReaderWarp == warp.Index;
        var readers = isOwnWarp ? word.ReaderLanes & ~self : word.ReaderLanes;
        if (readers != 0 && word.ReadTime >= Barrier(isOwnWarp ? warp.Index : null))
        {
            Fail(
                self, offset,
                $"is written, but thread {(word.ReaderWarp * Warp.Size) + LaneMask.First(readers)} read it since the last "
                + $"barrier");
        }

        if (word.OtherReadTime >= Barrier(null) && word.OtherReaderWarp != warp.Index)
            Fail(self, offset, $"is written, but a thread of warp {word.OtherReaderWarp} read it since the last barrier");
    }

    // Whether no barrier is between a write and now.
    private bool IsUnordered(Warp warp, int writer, int time) =>
        writer != NoWarp && time >= Barrier(writer >= 0 && writer / Warp.Size == warp.Index ? warp.Index : null);

    // After which time an access of a thread of the same warp, or of any, is concurrent. A barrier's own time is before.
    private int Barrier(int? warp) => 1 + (warp is { } index ? Math.Max(groupBarrier, warpBarriers[index]) : groupBarrier);

    private static int Thread(Warp warp, int lane) => (warp.Index * Warp.Size) + lane;

    private static uint Lane(Warp warp, int thread) =>
        thread >= 0 && thread / Warp.Size == warp.Index ? 1u << (thread % Warp.Size) : 0;

    private static string Name(int writer) => writer == Asynchronous ? "a copy that has not been waited for" : $"thread {writer}";

    private static void Fail(uint lanes, uint offset, string what) =>
        throw new KernelFault(DriverError.LaunchFailed, LaneMask.First(lanes), $"the shared word at byte {offset} {what}");
}
