using GpuLstm.PtxDriver.Instructions;

namespace GpuLstm.PtxDriver.Translation;

/// <summary>Who decodes which instruction.</summary>
internal sealed class InstructionSet
{
    private readonly Dictionary<string, Action<Form>> decoders = [];

    private InstructionSet()
    {
        Arithmetic.AddTo(this);
        IntegerArithmetic.AddTo(this);
        Functions.AddTo(this);
        Bits.AddTo(this);
        Comparison.AddTo(this);
        Moves.AddTo(this);
        Conversion.AddTo(this);
        Memory.AddTo(this);
        Atomics.AddTo(this);
        AsynchronousCopy.AddTo(this);
        Control.AddTo(this);
        WarpWide.AddTo(this);
        MatrixProduct.AddTo(this);
        MatrixLoad.AddTo(this);
    }

    public static InstructionSet Instance { get; } = new();

    public void Add(string opcode, Action<Form> decoder) => decoders.Add(opcode, decoder);

    /// <summary>The decoder of an opcode; null if there is no such instruction.</summary>
    public Action<Form>? Find(string opcode) => decoders.GetValueOrDefault(opcode);
}
