using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Machine;

/// <summary>
/// Thirty-two threads that run together. A register holds its lanes side by side, so that an instruction is a loop over them.
/// Lanes that have parted form fragments, each at a place of its own; the one that is furthest behind runs until it meets the
/// next. The code is laid out (<see cref="CodeLayout"/>) so that this brings them together where their paths meet.
/// </summary>
internal sealed unsafe class Warp(CompiledKernel kernel, ThreadGroup group, int index, byte* registers)
{
    /// <summary>Threads of a warp.</summary>
    public const int Size = 32;

    // How often a warp may jump back before the others of its group have a turn: one may wait for what another writes.
    private const int JumpsOfATurn = 1 << 16;

    private readonly Fragment[] others = new Fragment[Size]; // the one furthest behind is the last
    private readonly Fragment[] waiting = new Fragment[Size]; // at a barrier
    private readonly UndefinedValues undefined = new(kernel);
    private int otherCount;
    private int waitingCount;
    private int limit;
    private int jumpsLeft;

    private readonly record struct Fragment(int Pc, uint Lanes);

    /// <summary>The warps of so many threads.</summary>
    public static int CountOf(int threads) => (threads + Size - 1) / Size;

    /// <summary>The addresses of an access, and then its pointers, a lane each.</summary>
    public ulong* Addresses { get; } = (ulong*)(registers + kernel.RegisterBytes);

    /// <summary>Whether all lanes of an access have the same pointer.</summary>
    public bool IsBroadcast { get; set; }

    /// <summary>The fragment's lanes; in an instruction with a predicate, those for which it holds.</summary>
    public uint Active { get; private set; }

    /// <summary>The lanes that have not ended.</summary>
    public uint Live { get; private set; }

    /// <summary>Whether no other lane is alive, so that registers can be written as a whole.</summary>
    public bool Whole { get; private set; }

    /// <summary>The instruction after the one that runs.</summary>
    public int Pc { get; private set; }

    public int Index => index;

    public ThreadGroup Group => group;

    public CompiledKernel Kernel => kernel;

    /// <summary>What the lanes wait for that are at a barrier.</summary>
    public BarrierArrival Arrival { get; set; }

    /// <summary>The lanes that are at a barrier.</summary>
    public uint Waiting { get; private set; }

    /// <summary>Copies to shared memory that have not arrived.</summary>
    public PendingCopies Copies { get; } = new();

    /// <summary>The first lane of the active ones.</summary>
    public int FirstLane => LaneMask.First(Active);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* Register<T>(int offset)
        where T : unmanaged => (T*)(registers + offset);

    /// <summary>A predicate, a bit a lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref uint Predicate(int offset) => ref *(uint*)(registers + offset);

    /// <summary>Writes the active lanes of a predicate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetPredicate(int offset, uint value)
    {
        ref var predicate = ref Predicate(offset);
        predicate = (predicate & ~Active) | (value & Active);
    }

    /// <summary>Writes the active lanes of one vector of a register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<T>(T* register, int vector, Vector512<T> value)
        where T : unmanaged
    {
        register += vector * Vector512<T>.Count;
        if (!Whole)
            value = Vector512.ConditionalSelect(LaneMask.Spread<T>(Active, vector), value, Vector512.Load(register));
        value.Store(register);
    }

    /// <summary>Starts the threads of a group at the first instruction.</summary>
    /// <param name="lanes">Those that exist: the last warp of a group may be smaller.</param>
    public void Begin(uint lanes)
    {
        (Live, Active, Whole) = (lanes, lanes, true);
        (otherCount, waitingCount, Waiting) = (0, 0, 0);
        Copies.Clear();
        undefined.Clear();
        Pc = 0;
        limit = int.MaxValue;
    }

    /// <summary>Runs until every lane has ended or waits at a barrier, or it is the others' turn.</summary>
    /// <returns>False if lanes are left that could go on.</returns>
    public bool Run()
    {
        jumpsLeft = JumpsOfATurn;
        do
        {
            if (group.Counters is null && undefined.IsEmpty)
                RunFast();
            else
                RunWatched();
        }
        while (jumpsLeft > 0 && Resume());
        return Active == 0 && otherCount == 0;
    }

    /// <summary>Notes that lanes have read unwritten values into a register.</summary>
    public void AddUndefined(int register, uint lanes, int line)
    {
        undefined.Add(register, lanes, line);
        limit = -1; // on with watching
    }

    private void RunFast()
    {
        var code = kernel.Code;
        while (Pc < limit)
        {
            var instruction = code + Pc++;
            instruction->Execute(this, instruction);
        }
    }

    private void RunWatched()
    {
        var counters = group.Counters;
        while (Pc < limit && (counters is not null || !undefined.IsEmpty))
        {
            counters?.Count(Pc, Active);
            var instruction = kernel.Code + Pc++;
            if (undefined.IsEmpty)
                instruction->Execute(this, instruction);
            else
                undefined.Run(this, instruction);
        }
    }

    /// <summary>Sends active lanes to another instruction; the others go on.</summary>
    public void Branch(uint taken, int target)
    {
        if (target < Pc && --jumpsLeft <= 0)
            limit = -1; // ends the turn
        if (taken == Active)
        {
            Pc = target;
        }
        else if (taken != 0)
        {
            Insert(new Fragment(target, taken));
            SetFragment(Pc, Active & ~taken);
            limit = jumpsLeft > 0 ? Math.Min(limit, target) : -1;
        }
    }

    /// <summary>Runs an instruction for some of the active lanes.</summary>
    public void RunFor(uint lanes, Instruction* instruction)
    {
        var (active, whole) = (Active, Whole);
        Active = lanes;
        Whole = lanes == Live;
        instruction->Guarded(this, instruction);
        if (Active != 0)
        {
            Active = active;
            Whole = whole;
        }
        else // they have ended, or wait
        {
            SetFragment(Pc, active & Live & ~Waiting);
        }
    }

    /// <summary>Ends the active lanes.</summary>
    public void Exit()
    {
        Live &= ~Active;
        Leave();
    }

    /// <summary>Has the active lanes wait at a barrier.</summary>
    public void Wait()
    {
        Waiting |= Active;
        waiting[waitingCount++] = new Fragment(Pc, Active);
        Leave();
    }

    /// <summary>Lets the lanes go on that wait at a barrier.</summary>
    public void Release()
    {
        while (waitingCount > 0)
            Insert(waiting[--waitingCount]);
        Waiting = 0;
    }

    private void Leave()
    {
        Active = 0;
        Whole = false;
        limit = -1;
    }

    /// <summary>Takes up the fragment that is furthest behind, with all others at the same place.</summary>
    private bool Resume()
    {
        if (Active != 0)
            Insert(new Fragment(Pc, Active));
        if (otherCount == 0)
            return false;
        var (pc, lanes) = others[--otherCount];
        while (otherCount > 0 && others[otherCount - 1].Pc == pc)
            lanes |= others[--otherCount].Lanes;
        SetFragment(pc, lanes);
        limit = otherCount > 0 ? others[otherCount - 1].Pc : int.MaxValue;
        return true;
    }

    private void SetFragment(int pc, uint lanes)
    {
        Pc = pc;
        Active = lanes;
        Whole = lanes == Live;
    }

    private void Insert(Fragment fragment)
    {
        var at = otherCount++;
        for (; at > 0 && others[at - 1].Pc < fragment.Pc; at--)
            others[at] = others[at - 1];
        others[at] = fragment;
    }
}
