using GpuLstm.Engines.Cpu.Batches;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// The recurrent part of the LSTM layer on the processor. The input half of the gates comes from a table and its gradient
/// goes back there: see <see cref="CpuGateTable{TLanes}"/>.
/// </summary>
internal unsafe interface ILstmLayer
{
    /// <summary>The columns of table and gradient.</summary>
    GateColumns Columns { get; }

    /// <summary>So many rows of a batch are read together.</summary>
    int RowMultiple { get; }

    /// <summary>Runs all steps.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="recurrentWeights"><c>lstm.weight_hh_l0</c> [4H, H].</param>
    /// <param name="table">The gate table [U, width].</param>
    /// <param name="keep">True where <see cref="Backward"/> follows, and needs every step's gates and states.</param>
    /// <param name="lastHidden">Each row's last hidden state, written [B, H]; 0 for a row without steps.</param>
    void Forward(CpuBatch batch, ReadOnlySpan<float> recurrentWeights, float* table, bool keep, Span<float> lastHidden);

    /// <summary>Goes back through the steps of the batch that went forward last, kept.</summary>
    /// <param name="lastHiddenGradient">[B, H].</param>
    /// <param name="tableGradient">Written [U, width]: the gate gradients summed over each slot's positions.</param>
    /// <param name="recurrentGradient">Gradient of the recurrent weights, written [4H, H].</param>
    void Backward(ReadOnlySpan<float> lastHiddenGradient, float* tableGradient, Span<float> recurrentGradient);
}
