using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The input half of the first layer's gates in one direction where there are pairs: a table for the tokens and one for the
/// pairs, and their sum at each position [positions, width]. Back, the positions' gradients are summed by token and by pair.
/// </summary>
/// <remarks>W_ih x is a sum over the columns of x, so the pairs' part needs no product with the tokens' columns.</remarks>
internal sealed unsafe class CpuPairTable<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
{
    // Positions that are worth a thread.
    private const int PositionsForThread = 128;

    private readonly CpuGateTable<TLanes> tokens;
    private readonly CpuGateTable<TLanes> pairs;
    private readonly WorkerPool pool;
    private readonly int width;
    private readonly Action<int, int> joinPart;
    private readonly Action<int, int> sumPart;
    private CpuBatch batch = null!;
    private float* positions;

    /// <param name="options">The model.</param>
    /// <param name="layout">Where its parameters are.</param>
    /// <param name="lstm">The layer's parameters in this direction.</param>
    /// <param name="columns">The columns of the tables.</param>
    /// <param name="tokens">The tokens' table.</param>
    /// <param name="limits">Positions of the largest batch.</param>
    /// <param name="pool">The threads.</param>
    /// <param name="trains">Whether there is room for gradients.</param>
    public CpuPairTable(
        ModelOptions options, ParameterLayout layout, LstmParameters lstm, GateColumns columns, CpuGateTable<TLanes> tokens,
        int limits, WorkerPool pool, bool trains)
    {
        (this.tokens, this.pool, width) = (tokens, pool, columns.Width);
        pairs = new CpuGateTable<TLanes>(
            GateTableInputs.OfPairs(options, layout), lstm, columns, SlotNumbers.CountOf(options.Pairs!.Rows, limits), pool,
            trains);
        joinPart = JoinPart;
        sumPart = SumPart;
    }

    /// <summary>Computes the pairs' table.</summary>
    public void Forward(Span<float> parameters, CpuBatch batch) => pairs.Forward(parameters, batch);

    /// <summary>The sums of both tables' rows.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="table">Written where rows run [positions, width].</param>
    public void Join(CpuBatch batch, float* table)
    {
        this.batch = batch;
        positions = table;
        pool.Run(joinPart, batch.Rows * batch.Steps / PositionsForThread);
    }

    /// <summary>Writes the gradients of both embeddings, W_ih and the biases.</summary>
    /// <param name="gradient">All gradients, flat.</param>
    /// <param name="table">Of <see cref="Join"/>'s table.</param>
    /// <param name="adds">Whether to add to the embeddings', which another direction has written.</param>
    public void Backward(Span<float> gradient, float* table, bool adds)
    {
        positions = table;
        pool.Run(sumPart, Math.Min(width / TLanes.Count, batch.Rows * batch.Steps / PositionsForThread));
        tokens.Backward(gradient, adds);
        pairs.Backward(gradient, adds);
    }

    /// <summary>A share of the rows, every so-manieth.</summary>
    private void JoinPart(int part, int parts)
    {
        var (ofTokens, ofPairs) = (batch.Tokens.Slots.TableOffsets, batch.Pairs!.Slots.TableOffsets);
        for (var row = part; row < batch.Rows; row += parts)
        {
            for (var t = 0; t < batch.Lengths[row]; t++)
            {
                var place = row * batch.Stride + t;
                float* one = tokens.Table.Pointer + ofTokens[place], other = pairs.Table.Pointer + ofPairs[place];
                var target = positions + ((nint)row * batch.PositionStride + t) * width;
                for (var column = 0; column < width; column += TLanes.Count)
                    TLanes.Store(TLanes.Load(one + column) + TLanes.Load(other + column), target + column);
            }
        }
    }

    /// <summary>A share of the columns, each summed over rows and steps in ascending order.</summary>
    private void SumPart(int part, int parts)
    {
        var (firstRegister, endRegister) = WorkShare.Of(width / TLanes.Count, part, parts);
        var (first, end) = (firstRegister * TLanes.Count, endRegister * TLanes.Count);
        Sum(tokens, batch.Tokens, first, end);
        Sum(pairs, batch.Pairs!, first, end);
    }

    private void Sum(CpuGateTable<TLanes> target, SlotNumbers numbers, int first, int end)
    {
        for (var slot = 0; slot < numbers.Slots.Count; slot++)
            new Span<float>(target.Gradient.Pointer + (nint)slot * width + first, end - first).Clear();
        for (var row = 0; row < batch.Rows; row++)
        {
            for (var t = 0; t < batch.Lengths[row]; t++)
            {
                var sum = target.Gradient.Pointer + numbers.Slots.TableOffsets[row * batch.Stride + t];
                var source = positions + ((nint)row * batch.PositionStride + t) * width;
                for (var column = first; column < end; column += TLanes.Count)
                    TLanes.Store(TLanes.Load(sum + column) + TLanes.Load(source + column), sum + column);
            }
        }
    }
}
