using System.Numerics.Tensors;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The hidden states of all steps, each weighted by softmax(w h); threads share the rows. The gradient of w is summed row by row
/// and step by step in ascending order.
/// </summary>
internal sealed unsafe class CpuAttention<TLanes> : ICpuPooling
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly ModelOptions options;
    private readonly ParameterTensor attention;
    private readonly WorkerPool pool;
    private readonly int padded;
    private readonly float[] weights; // w [D H]
    private readonly float[] stepWeights; // softmax [B, T]
    private readonly float[] ofScores; // [B, T]
    private readonly float[] pooled; // [B, D H]; on the way back their gradient
    private readonly float[] weightGradients; // of each row [B, D H]
    private readonly Action<int, int> forwardPart;
    private readonly Action<int, int> backwardPart;
    private CpuBatch batch = null!;
    private PinnedBuffer[] hidden = [];
    private PinnedBuffer[] hiddenGradients = [];

    /// <param name="options">The model.</param>
    /// <param name="attention"><c>attention.weight</c>.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="pool">The threads.</param>
    public CpuAttention(ModelOptions options, ParameterTensor attention, EngineLimits limits, WorkerPool pool)
    {
        this.options = options;
        this.attention = attention;
        this.pool = pool;
        padded = Gemm<TLanes>.Padded(options.HiddenSize);
        weights = new float[options.Features];
        stepWeights = new float[limits.MaxRows * limits.MaxSteps];
        ofScores = new float[limits.MaxRows * limits.MaxSteps];
        pooled = new float[limits.MaxRows * options.Features];
        weightGradients = new float[limits.MaxRows * options.Features];
        forwardPart = ForwardPart;
        backwardPart = BackwardPart;
    }

    public void Forward(ReadOnlySpan<float> parameters, CpuBatch batch, PinnedBuffer[] hidden, Span<float> pooled)
    {
        (this.batch, this.hidden) = (batch, hidden);
        attention.In(parameters).CopyTo(weights);
        pool.Run(forwardPart, batch.Rows);
        this.pooled.AsSpan(0, batch.Rows * options.Features).CopyTo(pooled);
    }

    public void Backward(ReadOnlySpan<float> pooledGradient, PinnedBuffer[] hiddenGradients, Span<float> gradient)
    {
        this.hiddenGradients = hiddenGradients;
        pooledGradient[..(batch.Rows * options.Features)].CopyTo(pooled);
        pool.Run(backwardPart, batch.Rows);
        var sum = attention.In(gradient);
        sum.Clear();
        for (var row = 0; row < batch.Rows; row++)
            TensorPrimitives.Add(sum, RowOf(weightGradients, row), sum);
    }

    /// <summary>A share of the rows; they are in descending order of length, and every so-manieth makes even shares.</summary>
    private void ForwardPart(int part, int parts)
    {
        for (var row = part; row < batch.Rows; row += parts)
        {
            var ofSteps = StepsOf(stepWeights, row);
            Dots(weights, row, ofSteps);
            SoftMax(ofSteps);
            var sum = RowOf(pooled, row);
            sum.Clear();
            for (var direction = 0; direction < hidden.Length; direction++)
            {
                var half = HalfOf(sum, direction);
                for (var t = 0; t < ofSteps.Length; t++)
                    TensorPrimitives.MultiplyAdd(StateOf(hidden, direction, row, t), ofSteps[t], half, half);
            }
        }
    }

    // With p = Σ a_t h_t and a = softmax(s): ds_t = a_t (da_t - Σ a da), where da_t = dp h_t.
    private void BackwardPart(int part, int parts)
    {
        for (var row = part; row < batch.Rows; row += parts)
        {
            var ofSteps = StepsOf(stepWeights, row);
            var slopes = StepsOf(ofScores, row);
            var ofPooled = RowOf(pooled, row);
            var ofWeights = RowOf(weightGradients, row);
            Dots(ofPooled, row, slopes);
            TensorPrimitives.Subtract(slopes, TensorPrimitives.Dot<float>(ofSteps, slopes), slopes);
            TensorPrimitives.Multiply(slopes, ofSteps, slopes);
            ofWeights.Clear();
            for (var direction = 0; direction < hidden.Length; direction++)
            {
                var weight = HalfOf(weights, direction);
                var slope = HalfOf(ofPooled, direction);
                var ofWeight = HalfOf(ofWeights, direction);
                for (var t = 0; t < ofSteps.Length; t++)
                {
                    var ofState = StateOf(hiddenGradients, direction, row, t);
                    TensorPrimitives.Multiply(slope, ofSteps[t], ofState);
                    TensorPrimitives.MultiplyAdd(weight, slopes[t], ofState, ofState);
                    TensorPrimitives.MultiplyAdd(StateOf(hidden, direction, row, t), slopes[t], ofWeight, ofWeight);
                }
            }
        }
    }

    // TensorPrimitives' own overflows for large scores.
    private static void SoftMax(Span<float> scores)
    {
        if (scores.IsEmpty)
            return;
        TensorPrimitives.Subtract(scores, TensorPrimitives.Max<float>(scores), scores);
        TensorPrimitives.Exp<float>(scores, scores);
        TensorPrimitives.Divide(scores, TensorPrimitives.Sum<float>(scores), scores);
    }

    /// <summary>The products of a vector with each step's hidden states.</summary>
    private void Dots(Span<float> vector, int row, Span<float> products)
    {
        products.Clear();
        for (var direction = 0; direction < hidden.Length; direction++)
        {
            var half = HalfOf(vector, direction);
            for (var t = 0; t < products.Length; t++)
                products[t] += TensorPrimitives.Dot<float>(half, StateOf(hidden, direction, row, t));
        }
    }

    private Span<float> StateOf(PinnedBuffer[] states, int direction, int row, int step) =>
        new(states[direction].Pointer + ((nint)row * batch.PositionStride + step) * padded, options.HiddenSize);

    private Span<float> StepsOf(float[] values, int row) => values.AsSpan(row * batch.Stride, batch.Lengths[row]);

    private Span<float> RowOf(float[] values, int row) => values.AsSpan(row * options.Features, options.Features);

    private Span<float> HalfOf(Span<float> features, int direction) =>
        features.Slice(direction * options.HiddenSize, options.HiddenSize);
}
