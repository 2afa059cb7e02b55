using System.Numerics;

namespace GpuLstm.PtxDriver.Machine;

/// <summary>What a barrier computes of the predicates that the threads of a group bring (<c>bar.red</c>).</summary>
internal static unsafe class Barriers
{
    /// <summary>Gives all waiting warps the result.</summary>
    public static void Reduce(Warp[] warps)
    {
        var kind = warps[0].Arrival.Reduction;
        if (kind == BarrierReduction.None)
            return;
        var holds = warps.Sum(warp => BitOperations.PopCount(warp.Arrival.Value & warp.Waiting));
        var threads = warps.Sum(warp => BitOperations.PopCount(warp.Waiting));
        foreach (var warp in warps)
        {
            var result = warp.Arrival.Result;
            if (kind == BarrierReduction.Count)
            {
                for (var lane = 0; lane < Warp.Size; lane++)
                    warp.Register<int>(result)[lane] = (warp.Waiting >> lane & 1) != 0 ? holds : warp.Register<int>(result)[lane];
            }
            else
            {
                var isTrue = kind == BarrierReduction.And ? holds == threads : holds > 0;
                ref var predicate = ref warp.Predicate(result);
                predicate = isTrue ? predicate | warp.Waiting : predicate & ~warp.Waiting;
            }
        }
    }
}
