using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>Branches, ends, barriers, predicates before instructions, and what the translation adds.</summary>
internal static unsafe class Control
{
    private const int LastBarrier = 15;
    private static readonly PtxType U32 = PtxType.Find("u32")!;

    public static void AddTo(InstructionSet set)
    {
        set.Add("bra", form =>
        {
            form.Take("uni");
            form.Result.Target = form.Label();
            form.Result.Flow = ControlFlow.Branch;
            form.Code.Execute = &Jump;
        });
        set.Add("ret", End);
        set.Add("exit", End);
        set.Add("trap", form => form.Code.Execute = &Trap);
        set.Add("bar", form => DecodeBarrier(form, isAligned: true));
        set.Add("barrier", form => DecodeBarrier(form, isAligned: null));
        set.Add("membar", form =>
        {
            form.OneOf("gl", "cta", "sys");
            form.Code.Execute = &Nothing;
        });
        set.Add("fence", form =>
        {
            form.TakeAny("sc", "acq_rel");
            form.OneOf("cta", "gpu", "sys", "cluster");
            form.Code.Execute = &Nothing;
        });
    }

    /// <summary>A jump that the translation adds.</summary>
    public static Instruction Jump(int target) => new() { Execute = &Jump, Target = target, Kind = InstructionKind.Added };

    /// <summary>Notes that lanes have written a register.</summary>
    /// <param name="account">The predicate that keeps account.</param>
    public static Instruction MarkWritten(int account) => new() { Execute = &Mark, D = account, Kind = InstructionKind.Added };

    /// <summary>Fails where lanes have not written a register that is read next.</summary>
    public static Instruction CheckWritten(int account, int line) =>
        new() { Execute = &Check, A = account, Line = line, Kind = InstructionKind.Added };

    /// <summary>Puts an instruction under its predicate.</summary>
    public static void Guard(ref Instruction code, ControlFlow flow)
    {
        code.Guarded = code.Execute;
        code.Execute = flow == ControlFlow.Branch ? &JumpIf : &RunIf;
    }

    private static void End(Form form)
    {
        form.Result.Flow = ControlFlow.End;
        form.Code.Execute = &Exit;
    }

    // bar.sync a{, b}; bar.red.popc.u32 d, a{, b}, p; barrier{.cta}.…{.aligned}.
    private static void DecodeBarrier(Form form, bool? isAligned)
    {
        if (form.Take("warp"))
        {
            form.Expect("sync");
            WarpWide.DecodeBarrier(form);
            return;
        }

        form.Take("cta");
        var reduction = form.OneOf("sync", "red") == "sync" ? BarrierReduction.None : Reduction(form);
        var aligned = isAligned ?? form.Take("aligned");
        if (reduction != BarrierReduction.None)
        {
            form.Expect(reduction == BarrierReduction.Count ? "u32" : "pred");
            form.Code.D = reduction == BarrierReduction.Count ? form.Target(U32) : form.PredicateTargets().First;
        }

        (form.Code.Mode, form.Code.Count) = ((int)reduction, aligned ? 1 : 0);
        form.Code.B = form.Number(0, LastBarrier);
        form.Code.Bytes = form.TakeNumber(out var threads) ? (int)threads : 0;
        if (reduction != BarrierReduction.None)
            form.Code.A = form.PredicateSource(out form.Code.NegatedSource);
        form.Code.Execute = &Barrier;
        form.Code.Kind = InstructionKind.Barrier;
    }

    private static BarrierReduction Reduction(Form form) => form.OneOf("popc", "and", "or") switch
    {
        "popc" => BarrierReduction.Count,
        "and" => BarrierReduction.And,
        _ => BarrierReduction.Or,
    };

    private static void Jump(Warp warp, Instruction* code) => warp.Branch(warp.Active, code->Target);

    private static void JumpIf(Warp warp, Instruction* code) => warp.Branch(warp.Active & Holds(warp, code), code->Target);

    private static void RunIf(Warp warp, Instruction* code)
    {
        var lanes = warp.Active & Holds(warp, code);
        if (lanes != 0)
            warp.RunFor(lanes, code);
    }

    private static uint Holds(Warp warp, Instruction* code)
    {
        var predicate = warp.Predicate(code->Predicate);
        return code->Negated ? ~predicate : predicate;
    }

    private static void Exit(Warp warp, Instruction* code) => warp.Exit();

    private static void Trap(Warp warp, Instruction* code) =>
        throw new KernelFault(DriverError.LaunchFailed, warp.FirstLane, "the kernel gave up");

    private static void Nothing(Warp warp, Instruction* code)
    {
    }

    private static void Barrier(Warp warp, Instruction* code)
    {
        var isAligned = code->Count != 0;
        if (isAligned && warp.Active != warp.Live)
        {
            throw new KernelFault(
                DriverError.LaunchFailed, warp.FirstLane,
                "is reached by a part of the warp's threads while others are elsewhere");
        }

        if (code->Bytes != 0 && code->Bytes != warp.Group.Shape.Group.Size)
        {
            throw new KernelFault(
                DriverError.LaunchFailed, warp.FirstLane, "barriers of a part of a group's threads are not interpreted");
        }

        var value = 0u;
        if (code->Mode != (int)BarrierReduction.None)
            value = code->NegatedSource ? ~warp.Predicate(code->A) : warp.Predicate(code->A);
        if (warp.Waiting != 0 && code->B != warp.Arrival.Barrier)
        {
            throw new KernelFault(
                DriverError.LaunchFailed, warp.FirstLane, "waits at another barrier than other threads of the warp");
        }

        var earlier = warp.Waiting == 0 ? 0 : warp.Arrival.Value & warp.Waiting;
        warp.Arrival = new BarrierArrival(code->B, (BarrierReduction)code->Mode, code->D, (value & warp.Active) | earlier);
        warp.Wait();
    }

    private static void Mark(Warp warp, Instruction* code) => warp.Predicate(code->D) |= warp.Active;

    private static void Check(Warp warp, Instruction* code)
    {
        var missing = warp.Active & ~warp.Predicate(code->A);
        if (missing != 0)
            throw new KernelFault(DriverError.LaunchFailed, LaneMask.First(missing), "reads a register before it is written");
    }
}
