using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Reference;

/// <summary>
/// The LSTM layers of a model for one row, as PyTorch's <c>nn.LSTM</c> has them: a layer reads the hidden states of all
/// directions of the layer below at the same step; the reverse direction runs from the row's last step to its first.
/// </summary>
/// <param name="options">The model's shape.</param>
/// <param name="layout">Where its parameters are.</param>
/// <param name="parameters">All parameters, flat.</param>
internal sealed class ReferenceLstmStack(ModelOptions options, ParameterLayout layout, double[] parameters)
{
    private readonly ReferenceLstm[] directions =
    [
        .. layout.Lstm.Select(
            (lstm, n) => new ReferenceLstm(
                n < options.Directions ? options.InputSize : options.Features,
                options.HiddenSize,
                lstm.InputWeights.In(parameters).ToArray(),
                lstm.RecurrentWeights.In(parameters).ToArray(),
                lstm.InputBias.In(parameters).ToArray(),
                lstm.RecurrentBias.In(parameters).ToArray())),
    ];

    /// <summary>Runs a row through all layers.</summary>
    /// <param name="inputs">x of each step, [<see cref="ModelOptions.InputSize"/>] each.</param>
    /// <param name="dropout">What is dropped of the row.</param>
    /// <returns>Of each direction of each layer its steps, in the order in which it ran them.</returns>
    public IReadOnlyList<IReadOnlyList<LstmStep>> Forward(IReadOnlyList<double[]> inputs, ReferenceDropout dropout)
    {
        var ran = new List<IReadOnlyList<LstmStep>>();
        for (var layer = 0; layer < options.Layers; layer++)
        {
            for (var direction = 0; direction < options.Directions; direction++)
            {
                var factors = dropout.StateFactors(ran.Count, options.HiddenSize);
                ran.Add(directions[ran.Count].Forward(InOrderOf(direction, inputs), factors));
            }

            inputs = [.. Outputs(ran[^options.Directions..]).Select((states, t) => dropout.Layer(layer, t, states))];
        }

        return ran;
    }

    /// <summary>The last layer's hidden states of each step, of all directions side by side [D H].</summary>
    public IReadOnlyList<double[]> LastLayer(IReadOnlyList<IReadOnlyList<LstmStep>> ran) =>
        Outputs([.. ran.TakeLast(options.Directions)]);

    /// <summary>Goes back through all layers and adds to the gradients.</summary>
    /// <param name="ran">From <see cref="Forward"/>.</param>
    /// <param name="gradients">Gradient of <see cref="LastLayer"/> [D H].</param>
    /// <param name="dropout">As in <see cref="Forward"/>.</param>
    /// <returns>Gradient of each step's x.</returns>
    public IReadOnlyList<double[]> Backward(
        IReadOnlyList<IReadOnlyList<LstmStep>> ran, IReadOnlyList<double[]> gradients,
        ReferenceDropout dropout)
    {
        var (hidden, steps) = (options.HiddenSize, ran[0].Count);
        for (var layer = options.Layers - 1; layer >= 0; layer--)
        {
            var ofOutputs = gradients;
            var inputSize = layer == 0 ? options.InputSize : options.Features;
            gradients = [.. Enumerable.Range(0, steps).Select(_ => new double[inputSize])];
            for (var direction = 0; direction < options.Directions; direction++)
            {
                var number = layer * options.Directions + direction;
                var incoming = InOrderOf(direction, [.. ofOutputs.Select(gradient => Half(gradient, direction))]);
                var factors = dropout.StateFactors(number, hidden);
                var ofInputs = InOrderOf(direction, directions[number].Backward(ran[number], incoming, factors));
                foreach (var (sum, gradient) in gradients.Zip(ofInputs))
                {
                    for (var n = 0; n < sum.Length; n++)
                        sum[n] += gradient[n];
                }
            }

            if (layer > 0)
                gradients = [.. gradients.Select((gradient, t) => dropout.Layer(layer - 1, t, gradient))];
        }

        return gradients;

        double[] Half(double[] features, int direction) => features[(direction * hidden)..((direction + 1) * hidden)];
    }

    /// <summary>Writes the sums of the gradients of all calls of <see cref="Backward"/>.</summary>
    /// <param name="gradient">Flat, in the parameters' order.</param>
    public void CopyGradientsTo(double[] gradient)
    {
        foreach (var (lstm, direction) in layout.Lstm.Zip(directions))
        {
            direction.InputWeightGradient.CopyTo(lstm.InputWeights.In(gradient));
            direction.RecurrentWeightGradient.CopyTo(lstm.RecurrentWeights.In(gradient));
            direction.BiasGradient.CopyTo(lstm.InputBias.In(gradient));
            direction.BiasGradient.CopyTo(lstm.RecurrentBias.In(gradient));
        }
    }

    // Of a row's order the order in which a direction runs, and back.
    private static IReadOnlyList<double[]> InOrderOf(int direction, IReadOnlyList<double[]> steps) =>
        direction == 0 ? steps : [.. steps.Reverse()];

    private static IReadOnlyList<double[]> Outputs(IReadOnlyList<IReadOnlyList<LstmStep>> directions)
    {
        var inRowsOrder = directions
            .Select((steps, direction) => InOrderOf(direction, [.. steps.Select(step => step.Hidden)]))
            .ToList();
        return [.. Enumerable.Range(0, directions[0].Count).Select(t => inRowsOrder.SelectMany(hidden => hidden[t]).ToArray())];
    }
}
