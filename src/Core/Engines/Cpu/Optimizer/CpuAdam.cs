using System.Runtime.CompilerServices;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;

namespace GpuLstm.Engines.Cpu;

/// <summary>The <see cref="Adam"/> kernel's step on the processor.</summary>
internal sealed unsafe class CpuAdam<TLanes>(CpuOptimizerBuffers buffers, WorkerPool pool) : CpuOptimizer<TLanes>(buffers, pool)
    where TLanes : unmanaged, ILanes<TLanes>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected internal override void Update(int first, int end, OptimizerStep step)
    {
        var factors = Adam.StepFactors.Of(step);
        float* parameters = Buffers.Parameters.Pointer, gradient = Buffers.Gradient.Pointer;
        float* firstMoments = Buffers.States[0].Pointer, secondMoments = Buffers.States[1].Pointer;
        var (beta1, oneMinusBeta1) = (TLanes.Broadcast(factors.Beta1), TLanes.Broadcast(factors.OneMinusBeta1));
        var (beta2, oneMinusBeta2) = (TLanes.Broadcast(factors.Beta2), TLanes.Broadcast(factors.OneMinusBeta2));
        var (stepSize, scale, epsilon) =
            (TLanes.Broadcast(factors.StepSize), TLanes.Broadcast(factors.SecondMomentScale), TLanes.Broadcast(factors.Epsilon));
        for (var n = first; n < end; n += TLanes.Count)
        {
            var slope = TLanes.Load(gradient + n);
            var moment = TLanes.MultiplyAdd(beta1, TLanes.Load(firstMoments + n), oneMinusBeta1 * slope);
            var square = TLanes.MultiplyAdd(beta2, TLanes.Load(secondMoments + n), oneMinusBeta2 * slope * slope);
            TLanes.Store(moment, firstMoments + n);
            TLanes.Store(square, secondMoments + n);
            var change = stepSize * moment / TLanes.MultiplyAdd(TLanes.Sqrt(square), scale, epsilon);
            TLanes.Store(TLanes.Load(parameters + n) - change, parameters + n);
        }
    }
}
