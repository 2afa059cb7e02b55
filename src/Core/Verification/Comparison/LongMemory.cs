using System.Numerics;
using GpuLstm.Parameters;

namespace GpuLstm.Verification.Comparison;

/// <summary>
/// Biases with which the forget gate is nearly open and the input gate nearly shut: a state is remembered for hundreds of steps,
/// and so are its gradients, and what adds up in it does not saturate.
/// </summary>
internal static class LongMemory
{
    /// <summary>Added to the input gate's bias.</summary>
    public const int InputBias = -3;

    /// <summary>Added to the forget gate's bias.</summary>
    public const int ForgetBias = 4;

    /// <summary>Adds them to a model's parameters.</summary>
    public static void Give<T>(ParameterLayout layout, int hiddenSize, T[] parameters)
        where T : INumber<T>
    {
        foreach (var lstm in layout.Lstm)
        {
            var biases = lstm.InputBias.In(parameters);
            foreach (ref var bias in biases[..hiddenSize])
                bias += T.CreateChecked(InputBias);
            foreach (ref var bias in biases.Slice(hiddenSize, hiddenSize))
                bias += T.CreateChecked(ForgetBias);
        }
    }
}
