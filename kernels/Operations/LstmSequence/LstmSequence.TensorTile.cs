using System.Runtime.CompilerServices;
using GpuLstm.Kernels.TensorCores;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// Who has what in a step on tensor cores (LstmSequence.Tensor.cs): the tiles of groups and warps, a thread's place in them, and
// where a step's operands lie.
public static partial class LstmSequence
{
    private static class TensorTile
    {
        public const int Lanes = 32;
        public const int Warps = StepGroupSize / Lanes;
        public const int Units = 8; // of a warp, or of a tile of its columns
        public const int Rows = 32; // of a warp
        public const int WidestRows = 64; // of a group
        public const int ColumnTiles = 4 * Units / 8;
        public const int InputsInBlock = 16;

        /// <summary>Hidden units with the zeros behind them.</summary>
        public static int Filled(int units) => (units + InputsInBlock - 1) / InputsInBlock * InputsInBlock;
    }

    /// <summary>What part of a step a group has.</summary>
    internal interface ITensorTile
    {
        /// <summary>Warps one below the other, 32 rows each.</summary>
        int RowWarps { get; }

        /// <summary>Warps side by side, 8 units each, or on the way back 8 times <see cref="UnitTilesBack"/>.</summary>
        int UnitWarps { get; }

        /// <summary>Times 8 units of a warp, back.</summary>
        int UnitTilesBack { get; }
    }

    /// <summary>32 rows of 8 units, and eight shares of the inputs.</summary>
    internal struct NarrowTile : ITensorTile
    {
        public readonly int RowWarps => 1;

        public readonly int UnitWarps => 1;

        public readonly int UnitTilesBack => 1;
    }

    /// <summary>64 rows of 16 units, back of 32, and two shares of the inputs.</summary>
    internal struct WideTile : ITensorTile
    {
        public readonly int RowWarps => TensorTile.WidestRows / TensorTile.Rows;

        public readonly int UnitWarps => 2;

        public readonly int UnitTilesBack => 2;
    }

    /// <summary>A thread's place in its group, whose tile is <see cref="Rows"/> by <see cref="Units"/>.</summary>
    private struct TensorPlace
    {
        public int Lane;
        public int Rows;
        public int Units;

        /// <summary>Which of the <see cref="Shares"/> of the inputs its warp takes.</summary>
        public int Share;
        public int Shares;

        /// <summary>Its warp's first row and unit of the tile.</summary>
        public int Row;
        public int Unit;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TensorPlace Of<TTile>(int unitsInWarp)
            where TTile : unmanaged, ITensorTile
        {
            var (rowWarps, unitWarps) = (default(TTile).RowWarps, default(TTile).UnitWarps);
            var warp = Group.IdxX / TensorTile.Lanes;
            return new TensorPlace
            {
                Lane = Group.IdxX % TensorTile.Lanes,
                Rows = rowWarps * TensorTile.Rows,
                Units = unitWarps * unitsInWarp,
                Share = warp / (rowWarps * unitWarps),
                Shares = TensorTile.Warps / (rowWarps * unitWarps),
                Row = warp / unitWarps % rowWarps * TensorTile.Rows,
                Unit = warp % unitWarps * unitsInWarp,
            };
        }

        /// <summary>Where the sums of its warp's row g and first unit lie: [shares, rows, units].</summary>
        public readonly int Sums => ((Share * Rows) + Row + Lane / 4) * Units + Unit;

        /// <summary>Elements of the tile that a thread owns.</summary>
        public readonly int Owned => Rows * Units / StepGroupSize;

        /// <summary>The row of the batch that the thread's element number <paramref name="n"/> is of.</summary>
        public readonly int RowOf(int n) => Grid.IdxY * Rows + (n * StepGroupSize + Group.IdxX) / Units;

        /// <summary>The hidden unit that it is of.</summary>
        public readonly int UnitOf(int n) => Grid.IdxX * Units + (n * StepGroupSize + Group.IdxX) % Units;
    }

    /// <summary>Where the operands of a step are in scratch, in quads.</summary>
    private struct TensorOperands
    {
        private int first;
        private int blocks;

        /// <param name="units">H, filled.</param>
        /// <param name="inputs">Of the product, filled.</param>
        /// <param name="rows">Rows of a batch B.</param>
        /// <param name="step">The step t.</param>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TensorOperands Of(int units, int inputs, int rows, int step)
        {
            var filledRows = (rows + TensorTile.WidestRows - 1) / TensorTile.WidestRows * TensorTile.WidestRows;
            return new TensorOperands
            {
                first = units * units + (step & 1) * filledRows * (inputs / 4),
                blocks = inputs / TensorTile.InputsInBlock,
            };
        }

        /// <summary>The quad of a row, of quad number <paramref name="quad"/> of its inputs.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly int Quad(int row, int quad) =>
            Block(row / 16, quad / 4) + row % 16 / 8 * TensorTile.Lanes + row % 8 * 4 + quad % 4;

        /// <summary>A lane's quads of 32 rows and one block.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly RowOperands<TQuad> Load<TQuad>(ArrayView<float> scratch, int firstRow, int block, int lane)
            where TQuad : unmanaged, IOperandQuad<TQuad>
        {
            var (upper, lower) = (Block(firstRow / 16, block) + lane, Block(firstRow / 16 + 1, block) + lane);
            return new RowOperands<TQuad>
            {
                A = default(TQuad).Load(scratch, upper),
                B = default(TQuad).Load(scratch, upper + TensorTile.Lanes),
                C = default(TQuad).Load(scratch, lower),
                D = default(TQuad).Load(scratch, lower + TensorTile.Lanes),
            };
        }

        private readonly int Block(int rowTile, int block) => first + (rowTile * blocks + block) * 2 * TensorTile.Lanes;
    }
}
