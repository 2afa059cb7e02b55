using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Options;
using GpuLstm.Parameters;
using ILGPU;

namespace GpuLstm.Engines.Device;

/// <summary>
/// Every buffer that training needs on the device beside its data and <see cref="DeviceForwardBuffers"/>, allocated once for the
/// largest batch.
/// </summary>
internal sealed class DeviceTrainingBuffers : IDisposable
{
    private readonly DeviceBuffers buffers;
    private readonly List<(string Name, ArrayView<float> Buffer)> state = [];

    /// <param name="device">Where.</param>
    /// <param name="layout">Where each parameter is.</param>
    /// <param name="options">The model.</param>
    /// <param name="optimizer">How a step changes the parameters.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="kernels">Which of the kernels need scratch.</param>
    /// <param name="maxTotals">Training steps whose totals are kept.</param>
    /// <exception cref="DeviceException">The device's memory does not suffice.</exception>
    public DeviceTrainingBuffers(
        ComputeDevice device, ParameterLayout layout, ModelOptions options, OptimizerOptions optimizer, EngineLimits limits,
        KernelChoice kernels, int maxTotals)
    {
        var (rows, positions, hidden) = (limits.MaxRows, limits.MaxRows * limits.MaxSteps, options.HiddenSize);
        var tokens = BatchIndex.MaxSlots(options.VocabularySize, positions);
        var (hasFeatures, length) = (options.HasFeatures, DeviceTableRows.FlatLength(options, layout, limits));
        buffers = new DeviceBuffers(device);
        try
        {
            Gradient = buffers.Allocate<float>(length);
            Optimizer = new OptimizerBuffers(
                Remembered(EngineState.Parameters), Gradient, [.. optimizer.Rule.States.Select(Remembered)],
                buffers.Upload(optimizer.Rule.UsesDecays ? layout.DecayMask(optimizer.FreezeEmbedding)[..length] : []));
            Tables = DeviceTableRows.All(device, buffers, options, layout, limits, parts: 1 + Optimizer.States.Count);
            if (optimizer.AverageDecay is not null)
                Average = Remembered(EngineState.Average);
            if (optimizer.ClipNorm is not null)
                ClippingScratch = buffers.Allocate<float>(GradientClipping.ScratchLength(length));
            Loss = new DeviceLoss(buffers, optimizer.LossOf(options.Classes));
            TableGradient = buffers.Allocate<UnitGates>(hasFeatures ? 0 : (long)tokens * hidden);
            ChunkSums = buffers.Allocate<float>(hasFeatures ? 0 : 4L * SegmentSum.MaxChunks(positions, tokens) * hidden);
            if (kernels.Sequence.IsLaunchAStep)
                CellGradient = buffers.Allocate<float>((long)rows * hidden);
            HeadInputGradient = buffers.Allocate<float>((long)rows * options.HeadInputs);
            var hasOutputs = options.Layers > 1 || options.IsPooled;
            FeatureGradient = buffers.Allocate<float>(hasOutputs ? (long)positions * options.Features : 0);
            if (options.Readout == Readout.Attention)
            {
                ScoreGradients = buffers.Allocate<float>(positions);
                AttentionRowGradients = buffers.Allocate<float>((long)rows * options.Features);
            }

            HiddenGradients =
            [
                .. Enumerable.Range(0, options.IsBidirectional ? 2 : 0)
                    .Select(_ => buffers.Allocate<float>((long)(hasOutputs ? positions : rows) * hidden)),
            ];
            WeightGradientPartial = buffers.Allocate<float>(DeviceBuffers.Bounded(Math.Max(
                kernels.RecurrentWeights.ScratchLength(device, positions, hidden, hidden),
                Math.Max(
                    kernels.FirstLayer.Weights.ScratchLength(
                        device, hasFeatures ? positions : tokens, hidden, options.InputSize + 1),
                    options.Layers > 1
                        ? kernels.Above.Weights.ScratchLength(device, positions, hidden, options.Features + 1)
                        : 0))));
            Totals = buffers.Allocate<float>(2L * maxTotals);
        }
        catch
        {
            Dispose();
            throw;
        }

        ArrayView<float> Remembered(string name)
        {
            state.Add((name, buffers.Allocate<float>(length)));
            return state[^1].Buffer;
        }
    }

    /// <summary>The large tables, of which the flat buffers have a batch's rows alone.</summary>
    public IReadOnlyList<DeviceTableRows> Tables { get; }

    /// <summary>The model, flat in <see cref="ParameterLayout"/>'s order.</summary>
    public ArrayView<float> Parameters => Optimizer.Parameters;

    /// <summary>The gradient of the mean loss, likewise.</summary>
    public ArrayView<float> Gradient { get; }

    /// <summary>What a step of the optimizer reads and writes, likewise.</summary>
    public OptimizerBuffers Optimizer { get; }

    /// <summary>What is minimised.</summary>
    public DeviceLoss Loss { get; }

    /// <summary>The moving average of the parameters, where one is kept, likewise.</summary>
    public ArrayView<float> Average { get; }

    /// <summary>Scratch of <see cref="GradientClipping"/>, where gradients are clipped.</summary>
    public ArrayView<float> ClippingScratch { get; }

    /// <summary>What goes on from step to step, by the names of <see cref="EngineState.Buffers"/>.</summary>
    public IReadOnlyList<(string Name, ArrayView<float> Buffer)> State => state;

    /// <summary>Gradient of the tokens' gate table [U, H].</summary>
    public ArrayView<UnitGates> TableGradient { get; }

    /// <summary>Scratch of <see cref="SegmentSum"/> [chunks, 4H].</summary>
    public ArrayView<float> ChunkSums { get; }

    /// <summary>[B, H]; where a sequence is a launch a step.</summary>
    public ArrayView<float> CellGradient { get; }

    /// <summary>Gradient of what the head reads [B, R].</summary>
    public ArrayView<float> HeadInputGradient { get; }

    /// <summary>Gradient of an attention's scores [T, B].</summary>
    public ArrayView<float> ScoreGradients { get; }

    /// <summary>Each row's part of the gradient of an attention's weights [B, D H].</summary>
    public ArrayView<float> AttentionRowGradients { get; }

    /// <summary>
    /// Gradient of the hidden states of all directions of the layer below the one in hand, or of the last one where a readout is
    /// of all steps [T, B, D H].
    /// </summary>
    public ArrayView<float> FeatureGradient { get; }

    /// <summary>
    /// Of two directions, of each: its part of these, in the order in which it runs the steps [T, B, H] or [B, H].
    /// </summary>
    public IReadOnlyList<ArrayView<float>> HiddenGradients { get; }

    /// <summary>Scratch of <see cref="WeightGradient"/>.</summary>
    public ArrayView<float> WeightGradientPartial { get; }

    /// <summary>Loss sum and correct rows of each step not yet read [steps, 2].</summary>
    public ArrayView<float> Totals { get; }

    public void Dispose() => buffers.Dispose();
}
