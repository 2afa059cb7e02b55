using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Primitives;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// The gate math of one LSTM step of one hidden unit: from gate pre-activations to the new cell and hidden state, and back. Gate
/// order i, f, g, o. Every kernel of <see cref="LstmSequence"/> that is written unit by unit calls these two functions.
/// </summary>
/// <remarks>
/// Gers, Schmidhuber and Cummins 2000, as in PyTorch's <c>nn.LSTM</c>:
/// i = σ(a_i), f = σ(a_f), g = tanh(a_g), o = σ(a_o); c = f c₋₁ + i g; h = o tanh(c).
/// </remarks>
public static partial class LstmCell
{
    /// <summary>One unit's step: activates the four gates in place and returns the new cell and hidden state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Forward(ref UnitGates gates, float previousCell, out float cell, out float hidden)
    {
        gates.I = DeviceMath.Sigmoid(gates.I);
        gates.F = DeviceMath.Sigmoid(gates.F);
        gates.G = DeviceMath.Tanh(gates.G);
        gates.O = DeviceMath.Sigmoid(gates.O);
        cell = gates.F * previousCell + gates.I * gates.G;
        hidden = gates.O * DeviceMath.Tanh(cell);
    }

    /// <summary>
    /// One unit's step back, given tanh of the new cell state: turns the four activated gates into the gradients of their
    /// pre-activations, and the cell state's gradient after the step into that before it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Backward(
        ref UnitGates gates, float previousCell, float tanhCell, float hiddenGradient, ref float cellGradient)
    {
        var (i, f, g, o) = (gates.I, gates.F, gates.G, gates.O);
        var total = cellGradient + hiddenGradient * o * (1f - tanhCell * tanhCell);
        gates.I = total * g * i * (1f - i);
        gates.F = total * previousCell * f * (1f - f);
        gates.G = total * i * (1f - g * g);
        gates.O = hiddenGradient * tanhCell * o * (1f - o);
        cellGradient = total * f;
    }
}
