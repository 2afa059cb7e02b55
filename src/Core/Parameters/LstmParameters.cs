namespace GpuLstm.Parameters;

/// <summary>The parameters of an LSTM layer in one direction; gate order i, f, g, o along the 4H rows.</summary>
/// <param name="InputWeights"><c>lstm.weight_ih_l0</c> and so on [4H, inputs]: E of the first layer, D H of the others.</param>
/// <param name="RecurrentWeights"><c>lstm.weight_hh_l0</c> and so on [4H, H].</param>
/// <param name="InputBias"><c>lstm.bias_ih_l0</c> and so on [4H].</param>
/// <param name="RecurrentBias"><c>lstm.bias_hh_l0</c> and so on [4H].</param>
public sealed record LstmParameters(
    ParameterTensor InputWeights, ParameterTensor RecurrentWeights, ParameterTensor InputBias, ParameterTensor RecurrentBias)
{
    /// <summary>The number of all their elements.</summary>
    public long Length => (long)InputWeights.Length + RecurrentWeights.Length + InputBias.Length + RecurrentBias.Length;
}
