using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Kernels.TestKernels;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary><see cref="GateMath"/>, forward and backward.</summary>
internal static class GateMathCase
{
    public static void Run(CaseDevice device)
    {
        var (rows, hiddenSize) = (device.Size(40, real: 33), device.Size(70, real: 200));
        var shape = $"B={rows} H={hiddenSize}";
        var gates = device.Values(rows * 4 * hiddenSize, range: 10);
        var previousCell = device.Uniform(rows * hiddenSize, range: 3);
        Forward(device, shape, gates, previousCell, rows, hiddenSize);

        var (cell, _) = LstmCell.Reference.Forward(gates, previousCell); // activates the gates
        Backward(device, shape, Rounded(gates), previousCell, Rounded(cell), rows, hiddenSize);
    }

    private static void Forward(
        CaseDevice device, string shape, double[] preActivations, double[] previousCell, int rows, int hiddenSize)
    {
        var gates = device.InPlace(preActivations);
        var (cell, hidden) = (device.Output(rows * hiddenSize), device.Output(rows * hiddenSize));
        GateMath.Forward(device.Device, new()
        {
            Gates = gates.View.Cast<UnitGates>(),
            PreviousCellState = device.Input(previousCell),
            CellState = cell.View,
            HiddenState = hidden.View,
            Rows = rows,
            HiddenSize = hiddenSize,
        });
        var expectedGates = (double[])preActivations.Clone();
        var (expectedCell, expectedHidden) = LstmCell.Reference.Forward(expectedGates, previousCell);
        device.Compare("gate math forward", "gates", shape, gates, expectedGates, Bounds.Elementwise);
        device.Compare("gate math forward", "cell state", shape, cell, expectedCell, Bounds.Elementwise);
        device.Compare("gate math forward", "hidden state", shape, hidden, expectedHidden, Bounds.Elementwise);
    }

    private static void Backward(
        CaseDevice device, string shape, double[] gates, double[] previousCell, double[] cell, int rows, int hiddenSize)
    {
        var (hiddenGradient, cellGradient) = (device.Gradients(rows * hiddenSize), device.Gradients(rows * hiddenSize));
        var (gateGradients, cellGradients) = (device.InPlace(gates), device.InPlace(cellGradient));
        GateMath.Backward(device.Device, new()
        {
            Gates = gateGradients.View.Cast<UnitGates>(),
            PreviousCellState = device.Input(previousCell),
            CellState = device.Input(cell),
            HiddenGradient = device.Input(hiddenGradient),
            CellGradient = cellGradients.View,
            Rows = rows,
            HiddenSize = hiddenSize,
        });
        LstmCell.Reference.Backward(gates, previousCell, cell, hiddenGradient, cellGradient);
        device.Compare("gate math backward", "gates", shape, gateGradients, gates, device.GradientBound(Bounds.Elementwise));
        device.Compare(
            "gate math backward", "cell state", shape, cellGradients, cellGradient, device.GradientBound(Bounds.Elementwise));
    }

    private static double[] Rounded(double[] values) => Array.ConvertAll(values, value => (double)(float)value);
}
