using System.Numerics;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The product without tensor cores: a group computes a tile of the gradient from a slice of the positions. A thread has four
// gates of one unit by four inputs, and shared memory holds StagePositions positions at a time.
public static partial class WeightGradient
{
    private const int StagePositions = 16;

    /// <summary>A group writes a tile of TSide units by 4 TSide columns of one slice's sums [slices, 4H, columns].</summary>
    [DeviceKernel]
    internal static void SliceKernel<TTarget, TSide>(Arguments a)
        where TTarget : unmanaged, ITarget
        where TSide : unmanaged, ISize
    {
        var side = default(TSide).Value;
        var target = default(TTarget);
        var gates = SharedMemory.Allocate<Quad>(StagePositions * default(TSide).Value); // [positions, units]
        var inputs = SharedMemory.Allocate<Quad>(StagePositions * default(TSide).Value); // [positions, quads of columns]
        var (x, y) = (Group.IdxX, Group.IdxY);
        var thread = y * side + x;
        var columns = target.Columns(a);
        var (firstUnit, firstColumn) = (Grid.IdxX * side, Grid.IdxY * 4 * side);
        var begin = Grid.IdxZ * a.PositionsInSlice;
        var end = begin + a.PositionsInSlice;
        var positions = target.Positions(a);
        end = end < positions ? end : positions;

        WeightColumns sums = default;
        for (var first = begin; first < end; first += StagePositions)
        {
            for (var e = thread; e < StagePositions * side; e += side * side)
            {
                var (p, unit) = (first + e / side, firstUnit + e % side);
                Quad gate = default;
                if (p < end && unit < a.HiddenSize)
                    gate = Quad.Of(a.GateGradients[p * a.HiddenSize + unit]);
                gates[e] = gate;
            }

            for (var e = thread; e < StagePositions * 4 * side; e += side * side)
            {
                var (p, column) = (first + e / (4 * side), firstColumn + e % (4 * side));
                var input = 0f;
                if (p < end && column < columns)
                    input = column < a.InputSize ? a.Inputs[target.FirstInput(a, p) + column] : 1f;
                inputs.Cast<float>()[e] = input;
            }

            Group.Barrier();
            for (var p = 0; p < StagePositions; p++)
            {
                var gate = gates[p * side + x];
                var input = inputs[p * side + y];
                sums.A.AddProduct(gate, input.X);
                sums.B.AddProduct(gate, input.Y);
                sums.C.AddProduct(gate, input.Z);
                sums.D.AddProduct(gate, input.W);
            }

            Group.Barrier();
        }

        if (firstUnit + x < a.HiddenSize)
        {
            Store(a, firstUnit + x, firstColumn + 4 * y, columns, sums.A);
            Store(a, firstUnit + x, firstColumn + 4 * y + 1, columns, sums.B);
            Store(a, firstUnit + x, firstColumn + 4 * y + 2, columns, sums.C);
            Store(a, firstUnit + x, firstColumn + 4 * y + 3, columns, sums.D);
        }
    }

    private sealed class TiledVariant : WeightGradientVariant
    {
        public override string Name => "Tiled";

        public override bool Supports(ComputeDevice device, int hiddenSize, int columns) => true;

        internal override Index2D Tiles(ComputeDevice device, int hiddenSize, int columns)
        {
            var side = Side(device, hiddenSize);
            return new Index2D((hiddenSize + side - 1) / side, (columns + 4 * side - 1) / (4 * side));
        }

        internal override void LaunchSlices<TTarget>(ComputeDevice device, Arguments arguments, Index3D groups, KernelWork work)
        {
            var (side, kernel) = Array.Find(BySide<TTarget>(), slice => slice.Side == Side(device, arguments.HiddenSize));
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

        /// <summary>As small as the units allow: a group's threads beyond them would have nothing to do.</summary>
        private static int Side(ComputeDevice device, int hiddenSize) =>
            device.MaxGroupSize < 256 ? 2 : (int)Math.Clamp(BitOperations.RoundUpToPowerOf2((uint)hiddenSize), 2, 16);
    }
}
