using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The product on a device that is a processor (see LstmSequence.Processor.cs): a thread takes four positions at a time through
// strips of sixteen columns, of which the runtime's compiler makes vector registers.
public static partial class WeightGradient
{
    private const int SlicesOnProcessor = 8;

    /// <summary>A thread writes one unit's four rows of one slice's sums [slices, 4H, columns].</summary>
    [DeviceKernel]
    internal static void SerialSliceKernel<TTarget>(Arguments a)
        where TTarget : unmanaged, ITarget
    {
        var target = default(TTarget);
        var columns = target.Columns(a);
        var (unit, slice) = (Grid.IdxX, Grid.IdxZ);
        var begin = slice * a.PositionsInSlice;
        var end = begin + a.PositionsInSlice;
        var positions = target.Positions(a);
        end = end < positions ? end : positions;
        var rowStride = a.HiddenSize * columns;
        var i = (slice * 4 * a.HiddenSize + unit) * columns;
        var (f, g, o) = (i + rowStride, i + 2 * rowStride, i + 3 * rowStride);
        var strips = a.InputSize / Strip.Length * Strip.Length;
        for (var column = 0; column < strips; column++)
        {
            a.Partial[i + column] = 0f;
            a.Partial[f + column] = 0f;
            a.Partial[g + column] = 0f;
            a.Partial[o + column] = 0f;
        }

        for (var p = begin; p < end; p += 4)
        {
            // Beyond the end: the last position again, with gradients of 0.
            var (second, third, fourth) =
                (p + 1 < end ? p + 1 : end - 1, p + 2 < end ? p + 2 : end - 1, p + 3 < end ? p + 3 : end - 1);
            UnitGates x = a.GateGradients[p * a.HiddenSize + unit], y = default, z = default, w = default;
            if (p + 1 < end)
                y = a.GateGradients[second * a.HiddenSize + unit];
            if (p + 2 < end)
                z = a.GateGradients[third * a.HiddenSize + unit];
            if (p + 3 < end)
                w = a.GateGradients[fourth * a.HiddenSize + unit];
            var (rowA, rowB) = (target.FirstInput(a, p), target.FirstInput(a, second));
            var (rowC, rowD) = (target.FirstInput(a, third), target.FirstInput(a, fourth));
            for (var column = 0; column < strips; column += Strip.Length)
            {
                var (inA, inB) = (Strip.Load(a.Inputs, rowA + column), Strip.Load(a.Inputs, rowB + column));
                var (inC, inD) = (Strip.Load(a.Inputs, rowC + column), Strip.Load(a.Inputs, rowD + column));
                AddFour(a.Partial, i + column, inA, inB, inC, inD, x.I, y.I, z.I, w.I);
                AddFour(a.Partial, f + column, inA, inB, inC, inD, x.F, y.F, z.F, w.F);
                AddFour(a.Partial, g + column, inA, inB, inC, inD, x.G, y.G, z.G, w.G);
                AddFour(a.Partial, o + column, inA, inB, inC, inD, x.O, y.O, z.O, w.O);
            }
        }

        for (var column = strips; column < columns; column += 4)
        {
            var last = columns - 1;
            var (second, third, fourth) =
                (column < last ? column + 1 : last, column + 1 < last ? column + 2 : last, column + 2 < last ? column + 3 : last);
            Quad x = default, y = default, z = default, w = default;
            for (var p = begin; p < end; p++)
            {
                var gradients = Quad.Of(a.GateGradients[p * a.HiddenSize + unit]);
                var row = target.FirstInput(a, p);
                x.AddProduct(gradients, InputOrOne(a, row, column));
                y.AddProduct(gradients, InputOrOne(a, row, second));
                z.AddProduct(gradients, InputOrOne(a, row, third));
                w.AddProduct(gradients, InputOrOne(a, row, fourth));
            }

            Store(a, unit, column, columns, x);
            Store(a, unit, column + 1, columns, y);
            Store(a, unit, column + 2, columns, z);
            Store(a, unit, column + 3, columns, w);
        }
    }

    /// <summary>Adds four positions to a strip of sums.</summary>
    private static void AddFour(
        ArrayView<float> target, int first, Strip a, Strip b, Strip c, Strip d, float x, float y, float z, float w)
    {
        var sum = Strip.Load(target, first);
        sum.AddProduct(a, x);
        sum.AddProduct(b, y);
        sum.AddProduct(c, z);
        sum.AddProduct(d, w);
        sum.Store(target, first);
    }

    private sealed class SerialVariant : WeightGradientVariant
    {
        public override string Name => "Serial";

        public override bool Supports(ComputeDevice device, int hiddenSize, int columns) => device.RunsGroupsSerially;

        internal override int SliceCount(ComputeDevice device, int positions, int hiddenSize, int columns) =>
            SlicesOf(positions, SlicesOnProcessor);

        internal override Index2D Tiles(ComputeDevice device, int hiddenSize, int columns) => new(hiddenSize, 1);

        internal override void LaunchSlices<TTarget>(
            ComputeDevice device, Arguments arguments, Index3D groups, KernelWork work) =>
            device.Launch(SerialSliceKernel<TTarget>, arguments, groups, new Index3D(1, 1, 1), work);

        internal override IEnumerable<KernelInstance> Kernels<TTarget>() => [new(SerialSliceKernel<TTarget>, GroupSize: 1)];
    }
}
