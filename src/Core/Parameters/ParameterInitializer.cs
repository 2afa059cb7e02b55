using System.Numerics.Tensors;
using GpuLstm.Data;
using GpuLstm.Options;

namespace GpuLstm.Parameters;

/// <summary>Draws the initial values that a model's parameters are declared with, or what is asked for instead.</summary>
public static class ParameterInitializer
{
    private const int Gates = 4;

    /// <summary>Draws all parameters in the layout's order [<see cref="ParameterLayout.Length"/>].</summary>
    /// <param name="options">The model.</param>
    /// <param name="random">Draws.</param>
    /// <param name="start">How they differ from PyTorch's; null: not at all.</param>
    public static float[] Create(ModelOptions options, NumpyRandom random, StartOptions? start = null)
    {
        var layout = new ParameterLayout(options);
        var parameters = new float[layout.Length];
        foreach (var tensor in layout.Tensors)
        {
            foreach (ref var value in tensor.In(parameters))
                value = (float)tensor.Initial(random);
        }

        if (start is not null)
            Change(parameters, layout, options.HiddenSize, start, random);
        return parameters;
    }

    private static void Change(
        float[] parameters, ParameterLayout layout, int hiddenSize, StartOptions start, NumpyRandom random)
    {
        var embedding = layout.Embedding.In(parameters);
        TensorPrimitives.Multiply(embedding, (float)start.EmbeddingScale, embedding);
        foreach (var lstm in layout.Lstm)
        {
            if (start.ForgetBias is { } bias)
            {
                lstm.InputBias.In(parameters).Slice(hiddenSize, hiddenSize).Fill((float)bias);
                lstm.RecurrentBias.In(parameters).Slice(hiddenSize, hiddenSize).Clear();
            }

            for (var gate = 0; gate < Gates && start.Recurrent == RecurrentStart.Orthogonal; gate++)
            {
                var ofGate = lstm.RecurrentWeights.In(parameters).Slice(gate * hiddenSize * hiddenSize, hiddenSize * hiddenSize);
                TensorPrimitives.ConvertTruncating<double, float>(OrthogonalMatrix.Draw(hiddenSize, random), ofGate);
            }
        }
    }
}
