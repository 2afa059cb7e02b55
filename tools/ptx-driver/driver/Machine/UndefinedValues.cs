using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Machine;

/// <summary>
/// Follows what a warp has read from unwritten shared memory: the value may be moved, computed with and left aside, but neither
/// decide where control or an access goes, nor reach global memory. As long as there is no such value, nothing is to be done.
/// </summary>
internal sealed unsafe class UndefinedValues(CompiledKernel kernel)
{
    private readonly uint[] lanesOf = new uint[kernel.RegisterBytes / KernelScope.CellBytes];
    private int registers; // that hold such a value
    private int sourceLine;

    public bool IsEmpty => registers == 0;

    public void Clear()
    {
        if (!IsEmpty)
            Array.Clear(lanesOf);
        registers = 0;
    }

    /// <summary>Notes that lanes of a register hold unwritten values.</summary>
    /// <param name="register">The register.</param>
    /// <param name="lanes">The lanes.</param>
    /// <param name="line">The line of the text that read it.</param>
    public void Add(int register, uint lanes, int line)
    {
        sourceLine = line;
        Set(register, lanes, lanes);
    }

    /// <summary>Runs an instruction, and takes note of what becomes of such values.</summary>
    public void Run(Warp warp, Instruction* code)
    {
        var lanes = warp.Active;
        if (code->Guarded is not null)
        {
            Require(code->Predicate, lanes);
            lanes &= code->Negated ? ~warp.Predicate(code->Predicate) : warp.Predicate(code->Predicate);
        }

        var result = Result(warp, code, lanes);
        for (var n = 0; n < code->WriteCount; n++)
            Set(code->Writes[n], lanes, result);
        code->Execute(warp, code);
        if (code->Data == DataFlow.ToShared && result != 0)
            warp.Group.Shared.Forget(warp, code, result);
    }

    // The lanes whose result is such a value.
    private uint Result(Warp warp, Instruction* code, uint lanes)
    {
        switch (code->Data)
        {
            case DataFlow.FromMemory:
                Require(code->A, lanes);
                return 0;
            case DataFlow.ToShared:
                Require(code->A, lanes);
                return Any(code) & lanes;
            case DataFlow.ToMemory:
                for (var n = 0; n < code->ReadCount; n++)
                    Require(code->Reads[n], lanes);
                return 0;
            case DataFlow.Choice:
                var predicate = warp.Predicate(code->C);
                return ((predicate & Of(code->A)) | (~predicate & Of(code->B)) | Of(code->C)) & lanes;
            case DataFlow.AcrossLanes:
                return (Any(code) & lanes) != 0 ? lanes : 0;
            default:
                return Any(code) & lanes;
        }
    }

    private uint Any(Instruction* code)
    {
        var lanes = 0u;
        for (var n = 0; n < code->ReadCount; n++)
            lanes |= Of(code->Reads[n]);
        return lanes;
    }

    private uint Of(int register) => lanesOf[register / KernelScope.CellBytes];

    private void Require(int register, uint lanes)
    {
        if ((Of(register) & lanes) is var undefined and not 0)
        {
            throw new KernelFault(
                DriverError.LaunchFailed, LaneMask.First(undefined),
                $"uses what line {sourceLine} read from shared memory, where it was unwritten");
        }
    }

    private void Set(int register, uint lanes, uint undefined)
    {
        ref var own = ref lanesOf[register / KernelScope.CellBytes];
        var changed = (own & ~lanes) | (undefined & lanes);
        registers += (changed != 0 ? 1 : 0) - (own != 0 ? 1 : 0);
        own = changed;
    }
}
