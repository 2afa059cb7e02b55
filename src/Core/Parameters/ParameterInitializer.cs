using GpuLstm.Data;
using GpuLstm.Options;

namespace GpuLstm.Parameters;

/// <summary>Draws the initial values that a model's parameters are declared with.</summary>
public static class ParameterInitializer
{
    /// <summary>Draws all parameters in the layout's order [<see cref="ParameterLayout.Length"/>].</summary>
    public static float[] Create(ModelOptions options, NumpyRandom random)
    {
        var layout = new ParameterLayout(options);
        var parameters = new float[layout.Length];
        foreach (var tensor in layout.Tensors)
        {
            foreach (ref var value in tensor.In(parameters))
                value = (float)tensor.Initial(random);
        }

        return parameters;
    }
}
