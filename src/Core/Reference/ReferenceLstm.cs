using static GpuLstm.Reference.Activations;

namespace GpuLstm.Reference;

/// <summary>The state of one LSTM step of one row: gates activated, cell and hidden state, all [H].</summary>
/// <param name="Input">x [inputs].</param>
/// <param name="PreviousHidden">h before the step.</param>
/// <param name="PreviousCell">c before the step.</param>
/// <param name="I">Input gate.</param>
/// <param name="F">Forget gate.</param>
/// <param name="G">Candidate.</param>
/// <param name="O">Output gate.</param>
/// <param name="Cell">c after the step.</param>
/// <param name="Hidden">h after the step.</param>
public sealed record LstmStep(
    double[] Input, double[] PreviousHidden, double[] PreviousCell,
    double[] I, double[] F, double[] G, double[] O, double[] Cell, double[] Hidden);

/// <summary>
/// An LSTM layer for one row, forward and back through time (Hochreiter and Schmidhuber 1997 with the forget gate of
/// Gers et al. 2000; BPTT after Werbos 1990), in PyTorch's form:
/// a = W_ih x + b_ih + W_hh h₋₁ + b_hh, split in four along its 4H rows in the order i, f, g, o.
/// </summary>
/// <param name="inputSize">Width of its input: E of the first layer, D H of the others.</param>
/// <param name="hiddenSize">Hidden units H.</param>
/// <param name="inputWeights">W_ih [4H, inputs].</param>
/// <param name="recurrentWeights">W_hh [4H, H].</param>
/// <param name="inputBias">b_ih [4H].</param>
/// <param name="recurrentBias">b_hh [4H].</param>
public sealed class ReferenceLstm(
    int inputSize, int hiddenSize, double[] inputWeights, double[] recurrentWeights, double[] inputBias, double[] recurrentBias)
{
    /// <summary>Gradient of W_ih [4H, inputs], summed over all calls of <see cref="Backward"/>.</summary>
    public double[] InputWeightGradient { get; } = new double[inputWeights.Length];

    /// <summary>Gradient of W_hh [4H, H], likewise.</summary>
    public double[] RecurrentWeightGradient { get; } = new double[recurrentWeights.Length];

    /// <summary>Gradient of each of the biases [4H], likewise: both get the same.</summary>
    public double[] BiasGradient { get; } = new double[inputBias.Length];

    /// <summary>Runs the steps of one row from zero states.</summary>
    /// <param name="inputs">x of each step, [inputs] each.</param>
    /// <param name="stateFactors">What h is multiplied with in every step [H]; null: nothing.</param>
    public IReadOnlyList<LstmStep> Forward(IEnumerable<double[]> inputs, double[]? stateFactors = null)
    {
        var steps = new List<LstmStep>();
        var (hidden, cell) = (new double[hiddenSize], new double[hiddenSize]);
        foreach (var x in inputs)
        {
            var i = Gate(0, x, hidden, Sigmoid);
            var f = Gate(1, x, hidden, Sigmoid);
            var g = Gate(2, x, hidden, Tanh);
            var o = Gate(3, x, hidden, Sigmoid);
            var (newCell, newHidden) = (new double[hiddenSize], new double[hiddenSize]);
            for (var k = 0; k < hiddenSize; k++)
            {
                newCell[k] = f[k] * cell[k] + i[k] * g[k];
                newHidden[k] = o[k] * Tanh(newCell[k]) * (stateFactors?[k] ?? 1);
            }

            steps.Add(new LstmStep(x, hidden, cell, i, f, g, o, newCell, newHidden));
            (hidden, cell) = (newHidden, newCell);
        }

        return steps;
    }

    /// <summary>Goes back through the steps of one row and adds to the gradients.</summary>
    /// <param name="steps">From <see cref="Forward"/>.</param>
    /// <param name="hiddenGradients">
    /// Gradient of each step's hidden state [H], without what comes of the steps after it.
    /// </param>
    /// <param name="stateFactors">As in <see cref="Forward"/>.</param>
    /// <returns>Gradient of each step's input, [inputs] each.</returns>
    public double[][] Backward(
        IReadOnlyList<LstmStep> steps, IReadOnlyList<double[]> hiddenGradients, double[]? stateFactors = null)
    {
        var inputGradients = new double[steps.Count][];
        var (dHidden, dCell) = (new double[hiddenSize], new double[hiddenSize]);
        for (var t = steps.Count - 1; t >= 0; t--)
        {
            var step = steps[t];
            for (var k = 0; k < hiddenSize; k++)
                dHidden[k] = (dHidden[k] + hiddenGradients[t][k]) * (stateFactors?[k] ?? 1);
            var dGates = new double[4 * hiddenSize]; // of the pre-activations a
            for (var k = 0; k < hiddenSize; k++)
            {
                var (i, f, g, o) = (step.I[k], step.F[k], step.G[k], step.O[k]);
                var tanhCell = Tanh(step.Cell[k]);
                dCell[k] += dHidden[k] * o * (1 - tanhCell * tanhCell);
                dGates[k] = dCell[k] * g * i * (1 - i);
                dGates[hiddenSize + k] = dCell[k] * step.PreviousCell[k] * f * (1 - f);
                dGates[2 * hiddenSize + k] = dCell[k] * i * (1 - g * g);
                dGates[3 * hiddenSize + k] = dHidden[k] * tanhCell * o * (1 - o);
                dCell[k] *= f;
            }

            inputGradients[t] = ProductBackward(dGates, inputWeights, step.Input, InputWeightGradient);
            dHidden = ProductBackward(dGates, recurrentWeights, step.PreviousHidden, RecurrentWeightGradient);
            for (var row = 0; row < dGates.Length; row++)
                BiasGradient[row] += dGates[row];
        }

        return inputGradients;
    }

    private double[] Gate(int gate, double[] x, double[] hidden, Func<double, double> activation)
    {
        var activated = new double[hiddenSize];
        for (var k = 0; k < hiddenSize; k++)
        {
            var row = gate * hiddenSize + k;
            var sum = inputBias[row] + recurrentBias[row];
            for (var e = 0; e < inputSize; e++)
                sum += inputWeights[row * inputSize + e] * x[e];
            for (var j = 0; j < hiddenSize; j++)
                sum += recurrentWeights[row * hiddenSize + j] * hidden[j];
            activated[k] = activation(sum);
        }

        return activated;
    }

    /// <summary>Back through a = W v: adds dA vᵀ to the weights' gradient and returns dV = Wᵀ dA.</summary>
    private static double[] ProductBackward(double[] dProduct, double[] weights, double[] vector, double[] weightGradient)
    {
        var dVector = new double[vector.Length];
        for (var row = 0; row < dProduct.Length; row++)
        {
            for (var column = 0; column < vector.Length; column++)
            {
                weightGradient[row * vector.Length + column] += dProduct[row] * vector[column];
                dVector[column] += dProduct[row] * weights[row * vector.Length + column];
            }
        }

        return dVector;
    }
}
