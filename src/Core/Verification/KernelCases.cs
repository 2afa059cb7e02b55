using GpuLstm.Kernels.Operations;

namespace GpuLstm.Verification;

/// <summary>
/// One case for every operation, at random shapes: rows differ from steps, hidden sizes fit no group, rows of every
/// length from 0 to all steps, a batch of one. Each case compares everything its kernels write with the operation's
/// reference in double.
/// </summary>
/// <remarks>
/// Bounds are relative to the tensor's largest element. A float32 operation errs by 6e-8; elementwise operations and
/// short sums stay within a few of these, sums of n terms grow like √n, and a recurrent chain by what its gates pass on.
/// </remarks>
internal static class KernelCases
{
    private const double Elementwise = 1e-6;
    private const double Sums = 4e-6;
    private const double Recurrent = 1e-5;

    /// <summary>Every case by name; each is run several times with fresh shapes.</summary>
    public static IReadOnlyList<(string Name, Action<CaseDevice> Run)> All { get; } =
    [
        ("embedding lookup", EmbeddingLookupCase),
        ("gate table", GateTableCase),
        ("LSTM cell", LstmCellCase),
        ("LSTM sequence", LstmSequenceCase),
        ("weight gradient", WeightGradientCase),
        ("classifier head", ClassifierHeadCase),
        ("Adam", AdamCase),
    ];

    private static void EmbeddingLookupCase(CaseDevice device)
    {
        var (positions, columns, tableRows) = (Size(device, 300), Size(device, 40), Size(device, 60));
        var shape = $"P={positions} C={columns} R={tableRows}";
        var table = device.Uniform(tableRows * columns);
        var rows = Indices(device, positions, tableRows);
        var output = device.Poisoned(positions * columns);
        EmbeddingLookup.Forward(device.Device, new()
        {
            Table = device.Upload(table),
            Rows = device.Upload(rows),
            Output = output,
            Positions = positions,
            Columns = columns,
        });
        device.Compare("embedding lookup forward", "output", shape, output, EmbeddingLookup.Reference.Forward(table, rows, columns), bound: 0);

        var outputGradient = device.Uniform(positions * columns);
        var tableGradient = device.Poisoned(tableRows * columns);
        var sorted = Enumerable.Range(0, positions).OrderBy(p => rows[p]).ToArray();
        EmbeddingLookup.Backward(device.Device, new()
        {
            OutputGradient = device.Upload(outputGradient),
            SortedPositions = device.Upload(sorted),
            SegmentStarts = device.Upload([.. Enumerable.Range(0, tableRows + 1).Select(row => rows.Count(r => r < row))]),
            TableGradient = tableGradient,
            TableRows = tableRows,
            Columns = columns,
        });
        device.Compare(
            "embedding lookup backward", "table", shape, tableGradient,
            EmbeddingLookup.Reference.Backward(outputGradient, rows, tableRows, columns), Sums);
    }

    private static void GateTableCase(CaseDevice device)
    {
        var (vocabulary, width, gateRows) = (1 + Size(device, 80), Size(device, 40), 4 * Size(device, 40));
        var slotTokens = Enumerable.Range(0, vocabulary).OrderBy(_ => device.Random.Next()).Take(device.Random.Next(1, vocabulary + 1)).ToArray();
        var slots = slotTokens.Length;
        var shape = $"U={slots} V={vocabulary} E={width} 4H={gateRows}";
        var (embedding, inputWeights) = (device.Uniform(vocabulary * width), device.Uniform(gateRows * width));
        var (inputBias, recurrentBias) = (device.Uniform(gateRows), device.Uniform(gateRows));
        var (embeddingView, weightView, tokenView) = (device.Upload(embedding), device.Upload(inputWeights), device.Upload(slotTokens));
        var table = device.Poisoned(slots * gateRows);
        GateTable.Forward(device.Device, new()
        {
            Embedding = embeddingView,
            InputWeights = weightView,
            InputBias = device.Upload(inputBias),
            RecurrentBias = device.Upload(recurrentBias),
            SlotTokens = tokenView,
            Table = table,
            Slots = slots,
            EmbeddingSize = width,
            GateRows = gateRows,
        });
        device.Compare(
            "gate table forward", "table", shape, table,
            GateTable.Reference.Forward(embedding, inputWeights, inputBias, recurrentBias, slotTokens), Sums);

        var tableGradient = device.Uniform(slots * gateRows);
        var embeddingGradient = device.Upload(new double[vocabulary * width]); // the caller clears it
        var (weightGradient, inputBiasGradient, recurrentBiasGradient) =
            (device.Poisoned(gateRows * width), device.Poisoned(gateRows), device.Poisoned(gateRows));
        GateTable.Backward(device.Device, new()
        {
            TableGradient = device.Upload(tableGradient),
            Embedding = embeddingView,
            InputWeights = weightView,
            SlotTokens = tokenView,
            EmbeddingGradient = embeddingGradient,
            InputWeightGradient = weightGradient,
            InputBiasGradient = inputBiasGradient,
            RecurrentBiasGradient = recurrentBiasGradient,
            Slots = slots,
            EmbeddingSize = width,
            GateRows = gateRows,
        });
        var expected = GateTable.Reference.Backward(tableGradient, embedding, inputWeights, slotTokens, gateRows);
        device.Compare("gate table backward", "embedding", shape, embeddingGradient, expected.Embedding, Sums);
        device.Compare("gate table backward", "weight_ih", shape, weightGradient, expected.InputWeights, Sums);
        device.Compare("gate table backward", "bias_ih", shape, inputBiasGradient, expected.Bias, Sums);
        device.Compare("gate table backward", "bias_hh", shape, recurrentBiasGradient, expected.Bias, Sums);
    }

    private static void LstmCellCase(CaseDevice device)
    {
        var (rows, hiddenSize) = (Size(device, 40), Size(device, 70));
        var shape = $"B={rows} H={hiddenSize}";
        var gates = device.Uniform(rows * 4 * hiddenSize, range: 10);
        var previousCell = device.Uniform(rows * hiddenSize, range: 3);
        var (gateView, previousView) = (device.Upload(gates), device.Upload(previousCell));
        var (cellView, hiddenView) = (device.Poisoned(rows * hiddenSize), device.Poisoned(rows * hiddenSize));
        LstmCell.Forward(device.Device, new()
        {
            Gates = gateView,
            PreviousCellState = previousView,
            CellState = cellView,
            HiddenState = hiddenView,
            Rows = rows,
            HiddenSize = hiddenSize,
        });
        var (cell, hidden) = LstmCell.Reference.Forward(gates, previousCell, hiddenSize);
        device.Compare("LSTM cell forward", "gates", shape, gateView, gates, Elementwise);
        device.Compare("LSTM cell forward", "cell state", shape, cellView, cell, Elementwise);
        device.Compare("LSTM cell forward", "hidden state", shape, hiddenView, hidden, Elementwise);

        gates = [.. gates.Select(gate => (double)(float)gate)];
        cell = [.. cell.Select(state => (double)(float)state)];
        var (hiddenGradient, cellGradient) = (device.Uniform(rows * hiddenSize), device.Uniform(rows * hiddenSize));
        var (gateGradientView, cellGradientView) = (device.Upload(gates), device.Upload(cellGradient));
        LstmCell.Backward(device.Device, new()
        {
            Gates = gateGradientView,
            PreviousCellState = previousView,
            CellState = device.Upload(cell),
            HiddenGradient = device.Upload(hiddenGradient),
            CellGradient = cellGradientView,
            Rows = rows,
            HiddenSize = hiddenSize,
        });
        LstmCell.Reference.Backward(gates, previousCell, cell, hiddenGradient, cellGradient, hiddenSize);
        device.Compare("LSTM cell backward", "gates", shape, gateGradientView, gates, Elementwise);
        device.Compare("LSTM cell backward", "cell state", shape, cellGradientView, cellGradient, Elementwise);
    }

    private static void LstmSequenceCase(CaseDevice device)
    {
        // More hidden units than a group has threads, now and then.
        var hiddenSize = device.Random.Next(4) == 0 ? device.Device.MaxGroupSize + 1 : Size(device, 50);
        var (rows, steps, slotCount) = (device.Random.Next(1, 6), Size(device, 30), Size(device, 20));
        var shape = $"B={rows} T={steps} H={hiddenSize} U={slotCount}";
        var gateRows = 4 * hiddenSize;
        var slots = Indices(device, steps * rows, slotCount);
        var lengths = Indices(device, rows, steps + 1);
        var (table, recurrentWeights) = (device.Uniform(slotCount * gateRows, 2), device.Uniform(gateRows * hiddenSize, 1 / Math.Sqrt(hiddenSize)));
        var (lengthView, weightView) = (device.Upload(lengths), device.Upload(recurrentWeights));
        var expected = LstmSequence.Reference.Forward(table, slots, lengths, recurrentWeights, hiddenSize);
        // Gates and cell states behind a row's end are nobody's: they keep what was there.
        var (gateView, cellView) = (device.Upload(new double[expected.Gates.Length]), device.Upload(new double[expected.Cell.Length]));
        var hiddenView = device.Poisoned(expected.Hidden.Length);
        LstmSequence.Forward(device.Device, new()
        {
            Table = device.Upload(table),
            Slots = device.Upload(slots),
            Lengths = lengthView,
            RecurrentWeights = weightView,
            Gates = gateView,
            CellStates = cellView,
            HiddenStates = hiddenView,
            Rows = rows,
            Steps = steps,
            HiddenSize = hiddenSize,
        });
        device.Compare("LSTM sequence forward", "gates", shape, gateView, expected.Gates, Recurrent);
        device.Compare("LSTM sequence forward", "cell states", shape, cellView, expected.Cell, Recurrent);
        device.Compare("LSTM sequence forward", "hidden states", shape, hiddenView, expected.Hidden, Recurrent);

        var lastHiddenGradient = device.Uniform(rows * hiddenSize);
        LstmSequence.Backward(device.Device, new()
        {
            LastHiddenGradient = device.Upload(lastHiddenGradient),
            Lengths = lengthView,
            RecurrentWeights = weightView,
            Gates = gateView,
            CellStates = cellView,
            CellGradient = device.Poisoned(rows * hiddenSize),
            Rows = rows,
            Steps = steps,
            HiddenSize = hiddenSize,
        });
        device.Compare(
            "LSTM sequence backward", "gates", shape, gateView,
            LstmSequence.Reference.Backward(lastHiddenGradient, expected, lengths, recurrentWeights, hiddenSize), Recurrent);
    }

    private static void WeightGradientCase(CaseDevice device)
    {
        var (positions, leftColumns, rightColumns) = (Size(device, 700), Size(device, 50), Size(device, 30));
        var (left, right) = (device.Uniform(positions * leftColumns), device.Uniform(positions * rightColumns));
        var gradient = device.Poisoned(leftColumns * rightColumns);
        WeightGradient.Backward(device.Device, new()
        {
            Left = device.Upload(left),
            Right = device.Upload(right),
            Partial = device.Poisoned((int)WeightGradient.ScratchLength(positions, leftColumns, rightColumns)),
            Gradient = gradient,
            Positions = positions,
            LeftColumns = leftColumns,
            RightColumns = rightColumns,
        });
        device.Compare(
            "weight gradient", "weights", $"P={positions} M={leftColumns} N={rightColumns}", gradient,
            WeightGradient.Reference.Backward(left, right, positions), Sums);
    }

    private static void ClassifierHeadCase(CaseDevice device)
    {
        var (rows, steps, hiddenSize) = (Size(device, 60), device.Random.Next(1, 5), Size(device, 70));
        var shape = $"B={rows} T={steps} H={hiddenSize}";
        var hiddenStates = device.Uniform(steps * rows * hiddenSize);
        var lengths = Indices(device, rows, steps + 1);
        var labels = Array.ConvertAll(Indices(device, rows, 2), label => (double)label);
        var (weights, bias) = (device.Uniform(hiddenSize, 5), device.Uniform(1));
        var lastHidden = new double[rows * hiddenSize];
        for (var b = 0; b < rows; b++)
        {
            if (lengths[b] > 0)
                Array.Copy(hiddenStates, ((lengths[b] - 1) * rows + b) * hiddenSize, lastHidden, b * hiddenSize, hiddenSize);
        }

        var (hiddenView, lengthView, labelView, weightView) =
            (device.Upload(hiddenStates), device.Upload(lengths), device.Upload(labels), device.Upload(weights));
        var (logitView, lossView, totalView) = (device.Poisoned(rows), device.Poisoned(rows), device.Poisoned(2));
        ClassifierHead.Forward(device.Device, new()
        {
            HiddenStates = hiddenView,
            Lengths = lengthView,
            Labels = labelView,
            Weights = weightView,
            Bias = device.Upload(bias),
            Logits = logitView,
            RowLosses = lossView,
            Totals = totalView,
            Rows = rows,
            HiddenSize = hiddenSize,
        });
        var expected = ClassifierHead.Reference.Forward(lastHidden, labels, weights, bias[0]);
        device.Compare("classifier head forward", "logits", shape, logitView, expected.Logits, Sums);
        device.Compare("classifier head forward", "row losses", shape, lossView, expected.RowLosses, Sums);
        device.Compare("classifier head forward", "totals", shape, totalView, [expected.RowLosses.Sum(), expected.Correct], Sums);

        var logits = Array.ConvertAll(expected.Logits, logit => (double)(float)logit);
        var (lastHiddenGradient, weightGradient, biasGradient) =
            (device.Poisoned(rows * hiddenSize), device.Poisoned(hiddenSize), device.Poisoned(1));
        ClassifierHead.Backward(device.Device, new()
        {
            HiddenStates = hiddenView,
            Lengths = lengthView,
            Labels = labelView,
            Weights = weightView,
            Logits = device.Upload(logits),
            LastHiddenGradient = lastHiddenGradient,
            WeightGradient = weightGradient,
            BiasGradient = biasGradient,
            Rows = rows,
            HiddenSize = hiddenSize,
        });
        var gradients = ClassifierHead.Reference.Backward(lastHidden, labels, weights, logits);
        // σ(z) - y, and a sum of them, cancel where the head is right: the scale is that of a row's terms.
        device.Compare("classifier head backward", "last hidden", shape, lastHiddenGradient, gradients.LastHidden, Elementwise, 1.0 / rows);
        device.Compare("classifier head backward", "weights", shape, weightGradient, gradients.Weights, Sums, leastScale: 0.5);
        device.Compare("classifier head backward", "bias", shape, biasGradient, [gradients.Bias], Sums, leastScale: 0.5);
    }

    private static void AdamCase(CaseDevice device)
    {
        var count = Size(device, 500);
        var step = device.Random.Next(1, 2000);
        var (parameters, gradients, first) = (device.Uniform(count), device.Uniform(count, 0.1), device.Uniform(count, 0.1));
        var second = Array.ConvertAll(device.Uniform(count, 0.1), Math.Abs);
        var (parameterView, firstView, secondView) = (device.Upload(parameters), device.Upload(first), device.Upload(second));
        Adam.Step(device.Device, new()
        {
            Parameters = parameterView,
            Gradients = device.Upload(gradients),
            FirstMoments = firstView,
            SecondMoments = secondView,
            Factors = Adam.StepFactors.Of(0.01, 0.9, 0.999, 1e-8, step),
            Count = count,
        });
        Adam.Reference.Step(parameters, gradients, first, second, 0.01, 0.9, 0.999, 1e-8, step);
        device.Compare("Adam", "parameters", $"N={count} t={step}", parameterView, parameters, Elementwise);
        device.Compare("Adam", "first moments", $"N={count} t={step}", firstView, first, Elementwise);
        device.Compare("Adam", "second moments", $"N={count} t={step}", secondView, second, Elementwise);
    }

    /// <summary>A size from 1 to <paramref name="most"/>; on the simulator a twentieth of that, 7 at least.</summary>
    private static int Size(CaseDevice device, int most) => device.Random.Next(1, 1 + (device.IsSimulator ? Math.Max(7, most / 20) : most));

    private static int[] Indices(CaseDevice device, int count, int below) =>
        [.. Enumerable.Range(0, count).Select(_ => device.Random.Next(below))];
}
