using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.Products;
using GpuLstm.Kernels.TensorCores;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The products without tensor cores, see TiledProduct.
public static partial class GateTable
{
    /// <summary>A group writes TSide units of 4 TSide slots.</summary>
    [DeviceKernel]
    internal static void TiledForwardKernel<TSide>(ForwardArguments a)
        where TSide : unmanaged, ISize
    {
        var weights = SharedMemory.Allocate<Quad>(TiledProduct.Inputs * (default(TSide).Value + 1));
        var inputs = SharedMemory.Allocate<Quad>(TiledProduct.Inputs * (default(TSide).Value + 1));
        TiledProduct.Run<ForwardArguments, TableProduct, TSide>(a, weights, inputs);
    }

    /// <summary>A group writes 4 TSide columns of 4 TSide slots.</summary>
    [DeviceKernel]
    internal static void TiledInputBackwardKernel<TDestination, TSide>(BackwardArguments a)
        where TDestination : unmanaged, IDestination
        where TSide : unmanaged, ISize
    {
        var weights = SharedMemory.Allocate<Quad>(TiledProduct.Inputs * default(TSide).Value);
        var gradients = SharedMemory.Allocate<Quad>(TiledProduct.Inputs * (default(TSide).Value + 1));
        TiledProduct.Run<BackwardArguments, InputGradientProduct<TDestination>, TSide>(a, weights, gradients);
    }

    private sealed class TiledVariant : GateTableVariant
    {
        public override string Name => "Tiled";

        public override bool Supports(ComputeDevice device) => true;

        // Of fewer, most of a tile would be empty.
        internal override bool IsChosen(ComputeDevice device, int hiddenSize, int inputSize, Precision precision) =>
            hiddenSize >= MinForTiles && inputSize >= MinForTiles;

        internal override IEnumerable<KernelInstance> Kernels =>
        [
            .. ForwardBySide.Select(kernel => new KernelInstance(kernel.Kernel, kernel.Side * kernel.Side)),
            .. BackwardBySide<Writes>().Select(kernel => new KernelInstance(kernel.Kernel, kernel.Side * kernel.Side)),
            .. BackwardBySide<Adds>().Select(kernel => new KernelInstance(kernel.Kernel, kernel.Side * kernel.Side)),
        ];

        private static (int Side, Action<ForwardArguments> Kernel)[] ForwardBySide =>
        [
            (2, TiledForwardKernel<Size2>),
            (16, TiledForwardKernel<Size16>),
        ];

        internal override void Forward(ComputeDevice device, ForwardArguments arguments, KernelWork work)
        {
            var (side, kernel) = Array.Find(ForwardBySide, found => found.Side == SideOn(device));
            var tiles = TiledProduct.Tiles(side, arguments.HiddenSize, arguments.Slots);
            device.Launch(kernel, arguments, new Index3D(tiles.X, tiles.Y, 1), new Index3D(side, side, 1), work);
        }

        internal override void Backward<TDestination>(ComputeDevice device, BackwardArguments arguments, KernelWork work)
        {
            var (side, kernel) = Array.Find(BackwardBySide<TDestination>(), found => found.Side == SideOn(device));
            var tiles = TiledProduct.Tiles(side, QuadsOf(arguments.InputSize), arguments.Slots);
            device.Launch(kernel, arguments, new Index3D(tiles.X, tiles.Y, 1), new Index3D(side, side, 1), work);
        }

        private static (int Side, Action<BackwardArguments> Kernel)[] BackwardBySide<TDestination>()
            where TDestination : unmanaged, IDestination =>
        [
            (2, TiledInputBackwardKernel<TDestination, Size2>),
            (16, TiledInputBackwardKernel<TDestination, Size16>),
        ];

        // It is for large products only; a device whose groups are small has the small tile.
        private static int SideOn(ComputeDevice device) => TiledProduct.Side(device, int.MaxValue / 2);
    }
}
