using System.Runtime.CompilerServices;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;

namespace GpuLstm.Engines.Cpu;

/// <summary>The <see cref="AdamW"/> kernel's step on the processor.</summary>
internal sealed unsafe class CpuAdamW<TLanes>(CpuOptimizerBuffers buffers, WorkerPool pool)
    : CpuOptimizer<TLanes>(buffers, pool)
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly CpuAdam<TLanes> adam = new(buffers, pool);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected internal override void Update(int first, int end, OptimizerStep step)
    {
        var decay = TLanes.Broadcast(AdamW.DecayOf(step));
        float* parameters = Buffers.Parameters.Pointer, decays = Buffers.Decays.Pointer;
        for (var n = first; n < end; n += TLanes.Count)
        {
            var parameter = TLanes.Load(parameters + n);
            TLanes.Store(
                TLanes.NegativeMultiplyAdd(decay * TLanes.Load(decays + n), parameter, parameter), parameters + n);
        }

        adam.Update(first, end, step);
    }
}
