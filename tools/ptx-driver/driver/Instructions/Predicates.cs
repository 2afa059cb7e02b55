using System.Runtime.Intrinsics;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>Logic of predicates, which are a bit a lane.</summary>
internal static unsafe class Predicates
{
    public static Handler Not() => &RunNot;

    public static Handler Operation<TOperation>()
        where TOperation : struct, IBinary => &Run<TOperation>;

    /// <summary>Copies a predicate.</summary>
    public static void Move(Warp warp, Instruction* code) => warp.SetPredicate(code->D, warp.Predicate(code->A));

    private static void RunNot(Warp warp, Instruction* code) => warp.SetPredicate(code->D, ~warp.Predicate(code->A));

    private static void Run<TOperation>(Warp warp, Instruction* code)
        where TOperation : struct, IBinary
    {
        var a = Vector512.CreateScalarUnsafe(warp.Predicate(code->A));
        var b = Vector512.CreateScalarUnsafe(warp.Predicate(code->B));
        warp.SetPredicate(code->D, TOperation.Apply(a, b).ToScalar());
    }
}
