using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.Products;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The product without tensor cores, see TiledProduct.
public static partial class WeightGradient
{
    /// <summary>A group writes a tile of TSide units by 4 TSide columns of one slice's sums [slices, 4H, columns].</summary>
    [DeviceKernel]
    internal static void SliceKernel<TTarget, TSide>(Arguments a)
        where TTarget : unmanaged, ITarget
        where TSide : unmanaged, ISize
    {
        var gates = SharedMemory.Allocate<Quad>(TiledProduct.Inputs * default(TSide).Value);
        var inputs = SharedMemory.Allocate<Quad>(TiledProduct.Inputs * default(TSide).Value);
        TiledProduct.Run<Arguments, SliceSums<TTarget>, TSide>(a, gates, inputs);
    }

    private sealed class TiledVariant : WeightGradientVariant
    {
        public override string Name => "Tiled";

        public override bool Supports(ComputeDevice device, int hiddenSize, int columns) => true;

        internal override Index2D Tiles(ComputeDevice device, int hiddenSize, int columns) =>
            TiledProduct.Tiles(TiledProduct.Side(device, hiddenSize), hiddenSize, columns);

        internal override void LaunchSlices<TTarget>(ComputeDevice device, Arguments arguments, Index3D groups, KernelWork work)
        {
            var wanted = TiledProduct.Side(device, arguments.HiddenSize);
            var (side, kernel) = Array.Find(BySide<TTarget>(), slice => slice.Side == wanted);
            device.Launch(kernel, arguments, groups, new Index3D(side, side, 1), work);
        }

        internal override IEnumerable<KernelInstance> Kernels<TTarget>() =>
            BySide<TTarget>().Select(slice => new KernelInstance(slice.Kernel, slice.Side * slice.Side));

        private static (int Side, Action<Arguments> Kernel)[] BySide<TTarget>()
            where TTarget : unmanaged, ITarget =>
        [
            (2, SliceKernel<TTarget, Size2>),
            (4, SliceKernel<TTarget, Size4>),
            (8, SliceKernel<TTarget, Size8>),
            (16, SliceKernel<TTarget, Size16>),
        ];
    }
}
