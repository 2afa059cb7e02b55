using GpuLstm.Data;
using GpuLstm.Options;

namespace GpuLstm.Parameters;

/// <summary>PyTorch's initial values: embedding N(0, 1), LSTM and linear uniform in ± 1/√H.</summary>
public static class ParameterInitializer
{
    /// <summary>Draws all parameters in the layout's order.</summary>
    public static float[] Create(ModelOptions options, NumpyRandom random)
    {
        var layout = new ParameterLayout(options);
        var parameters = new float[layout.Length];
        var bound = 1 / Math.Sqrt(options.HiddenSize);
        foreach (var tensor in layout.Tensors)
        {
            foreach (ref var value in tensor.In(parameters))
                value = (float)(tensor == layout.Embedding ? random.NextGaussian() : (2 * random.NextDouble() - 1) * bound);
        }

        return parameters;
    }
}
