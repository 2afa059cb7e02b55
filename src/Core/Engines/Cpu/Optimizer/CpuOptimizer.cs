using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;

namespace GpuLstm.Engines.Cpu;

/// <summary>An <see cref="Optimizer"/>'s step on the processor, whatever the width of its registers.</summary>
internal interface ICpuOptimizer
{
    /// <summary>Changes parameters along their gradient.</summary>
    /// <param name="step">What the step is given.</param>
    /// <param name="length">So many, from the first.</param>
    void Step(OptimizerStep step, int length);
}

/// <summary>What a step reads and writes; each flat in whole registers.</summary>
/// <param name="Parameters">Updated.</param>
/// <param name="Gradient">Read.</param>
/// <param name="States">As <see cref="Optimizer.States"/> has them, updated.</param>
/// <param name="Decays">1 where weight decay acts, else 0; read.</param>
internal sealed record CpuOptimizerBuffers(
    PinnedBuffer Parameters, PinnedBuffer Gradient, IReadOnlyList<PinnedBuffer> States, PinnedBuffer Decays);

/// <summary>Makes the CPU part of a rule.</summary>
internal static class CpuOptimizer
{
    /// <summary>On registers of a width.</summary>
    public static ICpuOptimizer Create(RegisterWidth width, Optimizer rule, CpuOptimizerBuffers buffers, WorkerPool pool) =>
        width switch
        {
            RegisterWidth.Sixteen => Create<Lanes16>(rule, buffers, pool),
            RegisterWidth.Eight => Create<Lanes8>(rule, buffers, pool),
            _ => Create<Lanes4>(rule, buffers, pool),
        };

    /// <summary>On registers of a type.</summary>
    public static ICpuOptimizer Create<TLanes>(Optimizer rule, CpuOptimizerBuffers buffers, WorkerPool pool)
        where TLanes : unmanaged, ILanes<TLanes> => rule switch
        {
            Adam => new CpuAdam<TLanes>(buffers, pool),
            AdamW => new CpuAdamW<TLanes>(buffers, pool),
            Sgd => new CpuSgd<TLanes>(buffers, pool),
            _ => throw new NotSupportedException($"the cpu engine has no part for {rule.Name}"),
        };
}

/// <summary>What the rules have in common.</summary>
/// <param name="buffers">What a step reads and writes.</param>
/// <param name="pool">The threads.</param>
internal abstract class CpuOptimizer<TLanes>(CpuOptimizerBuffers buffers, WorkerPool pool)
    : ElementwisePass<TLanes, OptimizerStep>(pool), ICpuOptimizer
    where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>What a step reads and writes.</summary>
    protected CpuOptimizerBuffers Buffers { get; } = buffers;

    public void Step(OptimizerStep step, int length) => Run(step, length);
}
