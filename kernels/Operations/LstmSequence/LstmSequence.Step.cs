using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Loading;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// The rung for any hidden size: a launch a step, a matrix product with the step's gate math behind it. A group computes a
// tile of 4 TY rows by TX quads of outputs: a thread has four rows of one quad, and every z takes its share of the inputs.
// Shared memory holds a chunk of the inputs and weights at a time; the quads' leading dimensions are one longer than the
// tile, so that threads which store side by side meet in few banks.
//
// Forward an output quad is a unit's four gates, and an input quad four hidden states of the step before. Backward an
// output quad is the gradients of four hidden states, and an input quad those of a unit's gates in the step behind.
public static partial class LstmSequence
{
    private const int ChunkQuads = 4; // input quads that each z takes from a chunk

    /// <summary>A thread's four rows of an output quad.</summary>
    private struct RowSums
    {
        public Quad A;
        public Quad B;
        public Quad C;
        public Quad D;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(WeightColumns weights, ArrayView<Quad> inputs, int first)
        {
            weights.Multiply(ref A, inputs[first]);
            weights.Multiply(ref B, inputs[first + 1]);
            weights.Multiply(ref C, inputs[first + 2]);
            weights.Multiply(ref D, inputs[first + 3]);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(ArrayView<Quad> target, int first, int stride)
        {
            target[first] = A;
            target[first + stride] = B;
            target[first + 2 * stride] = C;
            target[first + 3 * stride] = D;
        }
    }

    /// <summary>Step <c>a.Step</c> forward. A group writes its rows and units.</summary>
    [DeviceKernel]
    internal static void StepForwardKernel<TX, TY, TZ>(ForwardArguments a)
        where TX : unmanaged, ISize
        where TY : unmanaged, ISize
        where TZ : unmanaged, ISize
    {
        var (columns, rows, parts) = (default(TX).Value, 4 * default(TY).Value, default(TZ).Value);
        var chunk = ChunkQuads * parts;
        var inputs = SharedMemory.Allocate<Quad>(ChunkQuads * default(TZ).Value * (4 * default(TY).Value + 1)); // [quads, rows + 1]
        var weights = SharedMemory.Allocate<Quad>(ChunkQuads * default(TZ).Value * 4 * (default(TX).Value + 1)); // [quads, 4, units + 1]
        var sums = SharedMemory.Allocate<Quad>(default(TZ).Value * 4 * default(TY).Value * default(TX).Value); // [parts, rows, units]
        var (x, y, z) = (Group.IdxX, Group.IdxY, Group.IdxZ);
        var thread = (z * default(TY).Value + y) * columns + x;
        var threads = columns * default(TY).Value * parts;
        var (firstUnit, firstRow) = (Grid.IdxX * columns, Grid.IdxY * rows);
        var hiddenSize = a.HiddenSize;

        if (a.Step > 0)
        {
            var before = (a.Step - 1) * a.Rows * hiddenSize;
            RowSums own = default;
            for (var firstQuad = 0; 4 * firstQuad < hiddenSize; firstQuad += chunk)
            {
                for (var e = thread; e < chunk * rows; e += threads)
                {
                    var (quad, row) = (e % chunk, e / chunk);
                    var (k, b) = (4 * (firstQuad + quad), firstRow + row);
                    Quad input = default;
                    if (b < a.Rows)
                    {
                        var at = before + b * hiddenSize + k;
                        input.X = k < hiddenSize ? a.HiddenStates[at] : 0f;
                        input.Y = k + 1 < hiddenSize ? a.HiddenStates[at + 1] : 0f;
                        input.Z = k + 2 < hiddenSize ? a.HiddenStates[at + 2] : 0f;
                        input.W = k + 3 < hiddenSize ? a.HiddenStates[at + 3] : 0f;
                    }

                    inputs[quad * (rows + 1) + row] = input;
                }

                // Neighbours read neighbours of the same row of W_hh.
                for (var e = thread; e < 4 * chunk * columns; e += threads)
                {
                    var (within, unit) = (e % (4 * chunk), e / (4 * chunk));
                    var (k, u) = (4 * firstQuad + within, firstUnit + unit);
                    Quad weight = default;
                    if (k < hiddenSize && u < hiddenSize)
                    {
                        weight.X = a.RecurrentWeights[u * hiddenSize + k];
                        weight.Y = a.RecurrentWeights[(hiddenSize + u) * hiddenSize + k];
                        weight.Z = a.RecurrentWeights[(2 * hiddenSize + u) * hiddenSize + k];
                        weight.W = a.RecurrentWeights[(3 * hiddenSize + u) * hiddenSize + k];
                    }

                    weights[within * (columns + 1) + unit] = weight;
                }

                Group.Barrier();
                MultiplyChunk(ref own, inputs, rows + 1, weights, columns + 1, x, y, z);
                Group.Barrier();
            }

            own.Store(sums, (z * rows + 4 * y) * columns + x, columns);
        }

        Group.Barrier();
        for (var e = thread; e < rows * columns; e += threads)
        {
            var (b, unit) = (firstRow + e / columns, firstUnit + e % columns);
            if (b >= a.Rows || unit >= hiddenSize)
                continue;
            var index = (a.Step * a.Rows + b) * hiddenSize + unit;
            if (a.Step >= a.Lengths[b])
            {
                a.HiddenStates[index] = 0f;
                continue;
            }

            var sum = Quad.Of(a.Table[a.Slots[a.Step * a.Rows + b] * hiddenSize + unit]);
            var previousCell = 0f;
            if (a.Step > 0)
            {
                for (var part = 0; part < parts; part++)
                    sum.Add(sums[part * rows * columns + e]);
                previousCell = a.CellStates[index - a.Rows * hiddenSize];
            }

            var gates = sum.AsGates();
            LstmCell.Forward(ref gates, previousCell, out var cell, out var hidden);
            a.Gates[index] = gates;
            a.CellStates[index] = cell;
            a.HiddenStates[index] = hidden;
        }
    }

    /// <summary>Step <c>a.Step</c> back. A group writes its rows and units.</summary>
    [DeviceKernel]
    internal static void StepBackwardKernel<TX, TY, TZ>(BackwardArguments a)
        where TX : unmanaged, ISize
        where TY : unmanaged, ISize
        where TZ : unmanaged, ISize
    {
        var (columns, rows, parts) = (default(TX).Value, 4 * default(TY).Value, default(TZ).Value);
        var chunk = ChunkQuads * parts;
        var inputs = SharedMemory.Allocate<Quad>(ChunkQuads * default(TZ).Value * (4 * default(TY).Value + 1)); // [quads, rows + 1]
        var weights = SharedMemory.Allocate<Quad>(ChunkQuads * default(TZ).Value * 4 * (default(TX).Value + 1)); // [quads, 4, columns + 1]
        var sums = SharedMemory.Allocate<Quad>(default(TZ).Value * 4 * default(TY).Value * default(TX).Value); // [parts, rows, columns]
        var (x, y, z) = (Group.IdxX, Group.IdxY, Group.IdxZ);
        var thread = (z * default(TY).Value + y) * columns + x;
        var threads = columns * default(TY).Value * parts;
        var (firstUnit, firstRow) = (Grid.IdxX * 4 * columns, Grid.IdxY * rows);
        var hiddenSize = a.HiddenSize;

        if (a.Step + 1 < a.Steps)
        {
            var behind = (a.Step + 1) * a.Rows * hiddenSize;
            RowSums own = default;
            for (var firstInput = 0; firstInput < hiddenSize; firstInput += chunk)
            {
                for (var e = thread; e < chunk * rows; e += threads)
                {
                    var (quad, row) = (e % chunk, e / chunk);
                    var (u, b) = (firstInput + quad, firstRow + row);
                    Quad input = default;
                    if (b < a.Rows && u < hiddenSize)
                        input = Quad.Of(a.Gates[behind + b * hiddenSize + u]);
                    inputs[quad * (rows + 1) + row] = input;
                }

                for (var e = thread; e < 4 * chunk * columns; e += threads)
                {
                    var (column, gate, quad) = (e % columns, e / columns % 4, e / (4 * columns));
                    var (k, u) = (firstUnit + 4 * column, firstInput + quad);
                    Quad weight = default;
                    if (u < hiddenSize)
                    {
                        var at = (gate * hiddenSize + u) * hiddenSize + k;
                        weight.X = k < hiddenSize ? a.RecurrentWeights[at] : 0f;
                        weight.Y = k + 1 < hiddenSize ? a.RecurrentWeights[at + 1] : 0f;
                        weight.Z = k + 2 < hiddenSize ? a.RecurrentWeights[at + 2] : 0f;
                        weight.W = k + 3 < hiddenSize ? a.RecurrentWeights[at + 3] : 0f;
                    }

                    weights[(4 * quad + gate) * (columns + 1) + column] = weight;
                }

                Group.Barrier();
                MultiplyChunk(ref own, inputs, rows + 1, weights, columns + 1, x, y, z);
                Group.Barrier();
            }

            own.Store(sums, (z * rows + 4 * y) * columns + x, columns);
        }

        Group.Barrier();
        for (var e = thread; e < rows * 4 * columns; e += threads)
        {
            var (b, unit) = (firstRow + e / (4 * columns), firstUnit + e % (4 * columns));
            if (b >= a.Rows || unit >= hiddenSize)
                continue;
            var index = (a.Step * a.Rows + b) * hiddenSize + unit;
            var length = a.Lengths[b];
            if (a.Step >= length)
            {
                a.Gates[index] = default;
                continue;
            }

            var hiddenGradient = 0f;
            var cellGradient = 0f;
            if (a.Step == length - 1)
            {
                hiddenGradient = a.LastHiddenGradient[b * hiddenSize + unit];
            }
            else
            {
                for (var part = 0; part < parts; part++)
                    hiddenGradient += sums.Cast<float>()[part * rows * 4 * columns + e];
                cellGradient = a.CellGradient[b * hiddenSize + unit];
            }

            var previousCell = 0f;
            if (a.Step > 0)
                previousCell = a.CellStates[index - a.Rows * hiddenSize];
            var gates = a.Gates[index];
            LstmCell.Backward(ref gates, previousCell, a.CellStates[index], hiddenGradient, ref cellGradient);
            a.Gates[index] = gates;
            a.CellGradient[b * hiddenSize + unit] = cellGradient;
        }
    }

    /// <summary>A thread's four rows and one column times its share of a chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyChunk(
        ref RowSums sums, ArrayView<Quad> inputs, int inputStride, ArrayView<Quad> weights, int weightStride, int x, int y, int z)
    {
        for (var n = 0; n < ChunkQuads; n++)
        {
            var quad = z * ChunkQuads + n;
            var at = 4 * quad * weightStride + x;
            var columns = new WeightColumns
            {
                A = weights[at],
                B = weights[at + weightStride],
                C = weights[at + 2 * weightStride],
                D = weights[at + 3 * weightStride],
            };
            sums.Add(columns, inputs, quad * inputStride + 4 * y);
        }
    }
}
