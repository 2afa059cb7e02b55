using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Engines.Device;

/// <summary>The kernels of a training step, queued in order; nothing here waits for the device.</summary>
/// <param name="device">Where.</param>
/// <param name="forward">The forward pass.</param>
/// <param name="activations">What it leaves.</param>
/// <param name="memory">What else the kernels read and write.</param>
/// <param name="batchIndex">Of the batches.</param>
/// <param name="layout">Where each parameter is.</param>
/// <param name="options">The model.</param>
/// <param name="optimizer">How a step changes the parameters.</param>
/// <param name="kernels">Of those that can be chosen from.</param>
/// <param name="graphs">Takes the recorded sequences.</param>
/// <param name="features">What the first layer reads where a token has more than its embedding; else null.</param>
internal sealed class DeviceStep(
    ComputeDevice device, DeviceForward forward, DeviceForwardBuffers activations, DeviceTrainingBuffers memory,
    DeviceBatchIndex batchIndex,
    ParameterLayout layout, ModelOptions options, OptimizerOptions optimizer, KernelChoice kernels,
    LaunchGraphs<SequenceKey> graphs, DeviceInputs? features)
{
    /// <summary>A step of the optimizer along the gradient of a batch's mean loss.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="totals">Loss sum and correct rows, written [2].</param>
    /// <param name="step">What the optimizer is given.</param>
    public void Train(DeviceBatch batch, ArrayView<float> totals, OptimizerStep step)
    {
        if (IsOneLaunch(batch) && optimizer.ClipNorm is null && OneUnitStep.CanUpdateBy(optimizer.Rule))
        {
            OneUnitStep.Run(device, OneUnit(batch, totals) with
            {
                FirstMoments = memory.Optimizer.States[0],
                SecondMoments = memory.Optimizer.States[1],
                Factors = Adam.StepFactors.Of(step),
                Updates = 1,
            });
        }
        else
        {
            Differentiate(batch, totals, step.Number);
            Clip();
            features?.FetchRows(batch, memory.Parameters, memory.Optimizer.States);
            Update(step);
            features?.PutBack(batch, memory.Parameters, memory.Optimizer.States);
        }

        Average(step.Number);
    }

    /// <summary>The gradient of a batch's mean loss, and its totals.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="totals">Loss sum and correct rows, written [2].</param>
    /// <param name="number">The training step, from 1, by which is drawn what is dropped.</param>
    public void Differentiate(DeviceBatch batch, ArrayView<float> totals, int number)
    {
        if (IsOneLaunch(batch))
        {
            OneUnitStep.Run(device, OneUnit(batch, totals));
            return;
        }

        forward.Run(batch, memory.Loss, activations.Logits, totals, optimizer.Dropout.StepOf(number));

        // Embedding rows of absent tokens, and recurrent weights of one-step batches, have no kernel that writes them; nor have
        // rows of large tables behind a small batch's.
        if (BatchIndex.IsCompacted(options.VocabularySize) || batch.Steps < 2 || features is not null)
            memory.Gradient.MemSetToZero(device.Stream);
        ClassifierHead.Backward(device, Head(batch, totals));
        forward.Dropout.HeadBackward(batch, memory.HeadInputGradient);
        forward.Pooling?.Backward(batch, forward.FeaturesOf(options.Layers - 1), batchIndex.Lengths(batch), memory);
        if (options.IsBidirectional && options.IsPooled)
            Split(memory.FeatureGradient, activations.Reversal!.Positions(batch, direction: 1), batch.Positions);
        else if (options.IsBidirectional)
            Split(memory.HeadInputGradient, activations.Reversal!.Identity(batch.Rows), batch.Rows);
        for (var layer = options.Layers - 1; layer >= 0; layer--)
        {
            for (var direction = 0; direction < options.Directions; direction++)
                SequenceBackward(batch, layer, direction);
            for (var direction = 0; direction < options.Directions; direction++)
            {
                RecurrentWeightsBackward(batch, layer, direction);
                if (layer == 0 && features is null)
                    GateTableBackward(batch, direction);
                else
                    DenseGatesBackward(batch, layer, direction);
            }

            if (layer == 0)
                features?.Backward(batch, batchIndex, memory.Gradient, forward.Dropout);
            if (layer > 0)
                forward.Dropout.LayerBackward(batch, layer - 1, memory.FeatureGradient);
            if (layer > 0 && options.IsBidirectional)
                Split(memory.FeatureGradient, activations.Reversal!.Positions(batch, direction: 1), batch.Positions);
        }

        if (optimizer.FreezeEmbedding)
            Gradient(layout.Embedding).MemSetToZero(device.Stream);
        else
            forward.Dropout.EmbeddingBackward(batch, Gradient(layout.Embedding));
    }

    /// <summary>The gradients of both directions' hidden states, apart.</summary>
    private void Split(ArrayView<float> features, ArrayView<int> positions, int count) => Directions.Split(device, new()
    {
        Forward = memory.HiddenGradients[0],
        Reverse = memory.HiddenGradients[1],
        Positions = positions,
        Features = features,
        Count = count,
        HiddenSize = options.HiddenSize,
    });

    private ClassifierHead.Arguments Head(DeviceBatch batch, ArrayView<float> totals) =>
        forward.Head(batch, memory.Loss, activations.Logits, totals) with
        {
            LastHiddenGradient = memory.HeadInputGradient,
            WeightGradient = Gradient(layout.HeadWeights),
            BiasGradient = Gradient(layout.HeadBias),
        };

    /// <summary>
    /// All steps of a layer in one direction back through time, after <see cref="DeviceForward.RunSequence"/> of the same batch.
    /// </summary>
    public void SequenceBackward(DeviceBatch batch, int layer = 0, int direction = 0)
    {
        var incoming = IsReadAtLastStep(layer) ? IncomingGradient.AtLastStep : IncomingGradient.AtEveryStep;
        if (!kernels.Sequence.IsLaunchAStep)
        {
            kernels.Sequence.Backward(
                device, BackwardArguments(batch, layer, direction, batchIndex.Lengths(batch)), incoming);
            return;
        }

        var number = layer * options.Directions + direction;
        var hasFactors = forward.Dropout.StateFactors(number).Length > 0;
        var key = new SequenceKey(IsForward: false, number, batch.Rows, batch.Steps, hasFactors);
        if (!graphs.TryLaunch(key))
            Record(BackwardArguments(batch, layer, direction, activations.Lengths.SubView(0, batch.Rows)));

        void Record(LstmSequence.BackwardArguments arguments) =>
            graphs.Launch(
                key, kernels.Sequence.Launches(arguments.Steps),
                () => kernels.Sequence.Backward(device, arguments, incoming));
    }

    private LstmSequence.BackwardArguments BackwardArguments(
        DeviceBatch batch, int layer, int direction, ArrayView<int> lengths) => new()
        {
            HiddenGradient = HiddenGradient(layer, direction),
            Lengths = lengths,
            RecurrentWeights = Parameter(Lstm(layer, direction).RecurrentWeights),
            StateFactors = forward.Dropout.StateFactors(layer * options.Directions + direction),
            Gates = forward.SequenceOf(layer, direction).Gates,
            CellStates = forward.SequenceOf(layer, direction).CellStates,
            CellGradient = memory.CellGradient,
            Scratch = activations.SequenceScratch,
            Rows = batch.Rows,
            Steps = batch.Steps,
            HiddenSize = options.HiddenSize,
        };

    private LstmParameters Lstm(int layer, int direction) => layout.Lstm[layer * options.Directions + direction];

    // Of one direction the features are its hidden states.
    private ArrayView<float> HiddenGradient(int layer, int direction) =>
        options.IsBidirectional ? memory.HiddenGradients[direction]
        : IsReadAtLastStep(layer) ? memory.HeadInputGradient
        : memory.FeatureGradient;

    // By the head; the others are read at every step.
    private bool IsReadAtLastStep(int layer) => layer == options.Layers - 1 && !options.IsPooled;

    private void GateTableBackward(DeviceBatch batch, int direction)
    {
        var lstm = Lstm(0, direction);
        SegmentSum.Run(device, new()
        {
            OutputGradient = forward.SequenceOf(0, direction).Gates.Cast<float>(),
            SortedPositions = direction == 0 ? batchIndex.SortedPositions(batch) : activations.Reversal!.SortedPositions(batch),
            SegmentStarts = batchIndex.SegmentStarts(batch),
            ChunkStarts = batchIndex.ChunkStarts(batch),
            ChunkRows = batchIndex.ChunkSlots(batch),
            ChunkSums = memory.ChunkSums,
            TableGradient = memory.TableGradient.Cast<float>(),
            Positions = batch.Running,
            TableRows = MaxSlots(batch),
            Columns = 4 * options.HiddenSize,
            Stride = 4 * options.HiddenSize,
        });
        GateTable.Backward(device, new()
        {
            TableGradient = memory.TableGradient,
            Inputs = forward.Embedding,
            InputWeights = Parameter(lstm.InputWeights),
            InputRows = batchIndex.SlotTokens(batch),
            SlotCount = batchIndex.SlotCount(batch),
            Partial = memory.WeightGradientPartial,
            InputGradient = Gradient(layout.Embedding),
            InputWeightGradient = Gradient(lstm.InputWeights),
            InputBiasGradient = Gradient(lstm.InputBias),
            RecurrentBiasGradient = Gradient(lstm.RecurrentBias),
            Slots = MaxSlots(batch),
            InputSize = options.EmbeddingSize,
            HiddenSize = options.HiddenSize,
        }, kernels.FirstLayer.Gates, kernels.FirstLayer.Weights, adds: direction > 0);
    }

    /// <summary>
    /// The same above the first layer and where a token has more than its embedding: each position has a slot and the gates'
    /// gradients are the table's.
    /// </summary>
    private void DenseGatesBackward(DeviceBatch batch, int layer, int direction)
    {
        if (batch.Positions == 0)
            return;
        var (lstm, choice) = (Lstm(layer, direction), kernels.GateTableOf(layer));
        GateTable.Backward(device, new()
        {
            TableGradient = forward.SequenceOf(layer, direction).Gates,
            Inputs = forward.InputsOf(layer),
            InputWeights = Parameter(lstm.InputWeights),
            InputRows = activations.Reversal!.Positions(batch, direction),
            SlotCount = activations.Reversal!.PositionCount,
            Partial = memory.WeightGradientPartial,
            InputGradient = layer == 0 ? features!.InputGradient : memory.FeatureGradient,
            InputWeightGradient = Gradient(lstm.InputWeights),
            InputBiasGradient = Gradient(lstm.InputBias),
            RecurrentBiasGradient = Gradient(lstm.RecurrentBias),
            Slots = batch.Positions,
            InputSize = layer == 0 ? options.InputSize : options.Features,
            HiddenSize = options.HiddenSize,
        }, choice.Gates, choice.Weights, adds: direction > 0);
    }

    /// <summary>
    /// Gate gradients of steps 1 to T - 1 against hidden states of steps 0 to T - 2; step 0 has none before it.
    /// </summary>
    private void RecurrentWeightsBackward(DeviceBatch batch, int layer, int direction)
    {
        if (batch.Steps < 2)
            return;
        var (elementsInStep, sequence) = (batch.Rows * options.HiddenSize, forward.SequenceOf(layer, direction));
        WeightGradient.OfRecurrentWeights(device, new()
        {
            GateGradients = sequence.Gates.SubView(elementsInStep, sequence.Gates.Length - elementsInStep),
            Inputs = sequence.HiddenStates,
            Partial = memory.WeightGradientPartial,
            Gradient = Gradient(Lstm(layer, direction).RecurrentWeights),
            Positions = batch.Positions - batch.Rows,
            HiddenSize = options.HiddenSize,
            InputSize = options.HiddenSize,
        }, kernels.RecurrentWeights);
    }

    // On a processor a group's threads run one after another, and all others stay idle.
    private bool IsOneLaunch(DeviceBatch batch) =>
        !device.RunsGroupsSerially
        && options is { Layers: 1, IsBidirectional: false, IsPooled: false, HasFeatures: false }
        && !optimizer.FreezeEmbedding
        && optimizer.Dropout.StepOf(1) is null
        && OneUnitStep.Takes(options.VocabularySize, options.HiddenSize, batch.Rows, batch.Steps, options.Logits)
        && OneUnitStep.IsFaster(options.VocabularySize, options.EmbeddingSize, batch.Rows);

    private OneUnitStep.Arguments OneUnit(DeviceBatch batch, ArrayView<float> totals)
    {
        batchIndex.Prepare(batch);
        return new()
        {
            Parameters = memory.Parameters,
            Gradient = memory.Gradient,
            Lengths = batchIndex.Lengths(batch),
            Labels = batchIndex.Labels(batch),
            Loss = memory.Loss.ArgumentsOf(batch),
            Slots = batchIndex.Slots(batch),
            SlotTokens = batchIndex.SlotTokens(batch),
            SlotCount = batchIndex.SlotCount(batch),
            SortedPositions = batchIndex.SortedPositions(batch),
            SegmentStarts = batchIndex.SegmentStarts(batch),
            ChunkStarts = batchIndex.ChunkStarts(batch),
            ChunkSlots = batchIndex.ChunkSlots(batch),
            Table = activations.Table,
            TableGradient = memory.TableGradient,
            Gates = activations.Sequences[0].Gates,
            CellStates = activations.Sequences[0].CellStates,
            HiddenStates = activations.Sequences[0].HiddenStates,
            LastHiddenGradient = memory.HeadInputGradient,
            Logits = activations.Logits,
            RowLosses = activations.RowLosses,
            LogitGradients = activations.LogitGradients,
            Totals = totals,
            VocabularySize = options.VocabularySize,
            EmbeddingSize = options.EmbeddingSize,
            Rows = batch.Rows,
            Steps = batch.Steps,
        };
    }

    private void Clip()
    {
        if (optimizer.ClipNorm is not { } maxNorm)
            return;
        GradientClipping.Run(device, new()
        {
            Gradient = memory.Gradient,
            Scratch = memory.ClippingScratch,
            MaxNorm = (float)maxNorm,
            Count = memory.Gradient.IntLength,
        });
    }

    private void Average(int step)
    {
        if (optimizer.AverageDecay is not { } decay)
            return;
        WeightAverage.Run(device, new()
        {
            Parameters = memory.Parameters,
            Average = memory.Average,
            Weight = (float)WeightAverage.WeightOf(decay, step),
            Count = layout.Length,
        });
    }

    /// <summary>The optimizer's step along the gradient.</summary>
    public void Update(OptimizerStep step) => optimizer.Rule.Run(device, memory.Optimizer, step);

    /// <summary>Of this batch alone: how sums are split must not depend on its neighbours in a window.</summary>
    private int MaxSlots(DeviceBatch batch) => BatchIndex.MaxSlots(options.VocabularySize, batch.Running);

    private ArrayView<float> Parameter(ParameterTensor tensor) => DeviceBuffers.Part(memory.Parameters, tensor);

    private ArrayView<float> Gradient(ParameterTensor tensor) => DeviceBuffers.Part(memory.Gradient, tensor);
}
