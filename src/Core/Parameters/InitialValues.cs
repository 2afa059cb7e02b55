using GpuLstm.Data;

namespace GpuLstm.Parameters;

/// <summary>Draws a parameter's initial value.</summary>
public delegate double InitialValue(NumpyRandom random);

/// <summary>PyTorch's initial values.</summary>
public static class InitialValues
{
    /// <summary>N(0, 1), as of an embedding.</summary>
    public static InitialValue Normal { get; } = random => random.NextGaussian();

    /// <summary>Uniform in ± <paramref name="bound"/>, as of an LSTM and a linear layer.</summary>
    public static InitialValue Uniform(double bound) => random => (2 * random.NextDouble() - 1) * bound;
}
