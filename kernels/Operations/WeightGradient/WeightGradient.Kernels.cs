using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.TensorCores;

namespace GpuLstm.Kernels.Operations;

// Every specialisation that a launcher can choose.
public static partial class WeightGradient
{
    /// <summary>All of them, with their group sizes.</summary>
    internal static IEnumerable<(Action<Arguments> Kernel, int GroupSize)> Specialisations() =>
        [.. Kernels<RecurrentWeights>.All, .. Kernels<InputWeightsAndBiases>.All];

    private static class Kernels<TTarget>
        where TTarget : unmanaged, ITarget
    {
        public static readonly (int Side, Action<Arguments> Kernel)[] Tiled =
        [
            (2, SliceKernel<TTarget, Size2>),
            (4, SliceKernel<TTarget, Size4>),
            (8, SliceKernel<TTarget, Size8>),
            (16, SliceKernel<TTarget, Size16>),
        ];

        public static readonly (WeightGradientForm Form, Action<Arguments> Kernel)[] Tensor =
        [
            (WeightGradientForm.TensorSplit, TensorSliceKernel<TTarget, SplitQuad>),
            (WeightGradientForm.TensorTf32, TensorSliceKernel<TTarget, Tf32Quad>),
            (WeightGradientForm.TensorBFloat16, TensorSliceKernel<TTarget, BFloat16Quad>),
        ];

        public static IEnumerable<(Action<Arguments> Kernel, int GroupSize)> All =>
        [
            .. Tiled.Select(slice => (slice.Kernel, slice.Side * slice.Side)),
            .. Tensor.Select(slice => (slice.Kernel, TensorTile.GroupSize)),
            (NarrowSliceKernel<TTarget>, NarrowGroupSize),
            (SerialSliceKernel<TTarget>, 1),
            (SumSlicesKernel<TTarget>, 256),
        ];
    }
}
