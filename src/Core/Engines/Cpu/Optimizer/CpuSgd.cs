using System.Runtime.CompilerServices;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;

namespace GpuLstm.Engines.Cpu;

/// <summary>The <see cref="Sgd"/> kernel's step on the processor.</summary>
internal sealed unsafe class CpuSgd<TLanes>(CpuOptimizerBuffers buffers, WorkerPool pool) : CpuOptimizer<TLanes>(buffers, pool)
    where TLanes : unmanaged, ILanes<TLanes>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected internal override void Update(int first, int end, OptimizerStep step)
    {
        var factors = Sgd.StepFactors.Of(step);
        var (keeps, rate) = (TLanes.Broadcast(factors.Momentum), TLanes.Broadcast(factors.LearningRate));
        float* parameters = Buffers.Parameters.Pointer, gradient = Buffers.Gradient.Pointer;
        var momenta = Buffers.States[0].Pointer;
        for (var n = first; n < end; n += TLanes.Count)
        {
            var momentum = TLanes.MultiplyAdd(keeps, TLanes.Load(momenta + n), TLanes.Load(gradient + n));
            TLanes.Store(momentum, momenta + n);
            TLanes.Store(TLanes.NegativeMultiplyAdd(rate, momentum, TLanes.Load(parameters + n)), parameters + n);
        }
    }
}
