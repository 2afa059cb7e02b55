using GpuLstm.Engines.Cpu.Batches;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The recurrent part of an LSTM layer in one direction on the processor. The input half of the gates comes from a table and its
/// gradient goes back there: see <see cref="CpuGateTable{TLanes}"/> and <see cref="CpuDenseGates{TLanes}"/>.
/// </summary>
internal unsafe interface ILstmLayer
{
    /// <summary>The columns of table and gradient.</summary>
    GateColumns Columns { get; }

    /// <summary>So many rows of a batch are read together.</summary>
    int RowMultiple { get; }

    /// <summary>Runs all steps.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="slots">Where each step finds its row of the table.</param>
    /// <param name="recurrentWeights"><c>lstm.weight_hh_l0</c> or another [4H, H].</param>
    /// <param name="table">The gate table [U, width].</param>
    /// <param name="keep">True where <see cref="Backward"/> follows, and needs every step's gates and states.</param>
    /// <param name="lastHidden">Each row's last hidden state, written [B, H]; 0 for a row without steps.</param>
    /// <param name="output">
    /// Each position's hidden state for the layer above, written where rows run [positions, H in whole registers]; null for none.
    /// </param>
    /// <param name="factors">What hidden states are multiplied with in every step, forward and back; null: nothing.</param>
    void Forward(
        CpuBatch batch, CpuSlots slots, ReadOnlySpan<float> recurrentWeights, float* table, bool keep, Span<float> lastHidden,
        float* output, StateFactors? factors);

    /// <summary>Goes back through the steps of the batch that went forward last, kept.</summary>
    /// <param name="lastHiddenGradient">Of each row's last hidden state [B, H]; empty for none.</param>
    /// <param name="hiddenGradient">
    /// Of each position's hidden state [positions, H in whole registers], from the layer above; null for none.
    /// </param>
    /// <param name="tableGradient">
    /// Written [U, width]: the gate gradients summed over each slot's positions; of slots of one position, where rows run.
    /// </param>
    /// <param name="recurrentGradient">Gradient of the recurrent weights, written [4H, H].</param>
    void Backward(
        ReadOnlySpan<float> lastHiddenGradient, float* hiddenGradient, float* tableGradient, Span<float> recurrentGradient);
}
