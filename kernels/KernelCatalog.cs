using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.TestKernels;

namespace GpuLstm.Kernels;

/// <summary>
/// Every kernel that a launcher can choose, in every specialisation: what the tests of the kernels' code go through.
/// </summary>
internal static class KernelCatalog
{
    /// <summary>All of them, each once.</summary>
    public static IReadOnlyList<KernelInstance> All { get; } =
    [
        .. BatchIndex.Kernels
            .Concat(GateTable.Kernels)
            .Concat(TableRows.Kernels)
            .Concat(EmbeddingBag.Kernels)
            .Concat(InputFeatures.Kernels)
            .Concat(Dropout.Kernels)
            .Concat(Pooling.Kernels)
            .Concat(Attention.Kernels)
            .Concat(LstmSequence.Variants.SelectMany(variant => variant.Kernels))
            .Concat(Directions.Kernels)
            .Concat(ClassifierHead.Kernels)
            .Concat(WeightGradient.Kernels)
            .Concat(SegmentSum.Kernels)
            .Concat(OneUnitStep.Kernels)
            .Concat(GradientClipping.Kernels)
            .Concat(WeightAverage.Kernels)
            .Concat(Optimizer.All.SelectMany(rule => rule.Kernels))
            .Concat(GateMath.Kernels)
            .Concat(EmbeddingLookup.Kernels)
            .DistinctBy(kernel => kernel.Method),
    ];
}
