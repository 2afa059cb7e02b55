using System.Runtime.InteropServices;
using GpuLstm.PtxDriver.Instructions;
using GpuLstm.PtxDriver.Machine;

namespace GpuLstm.PtxDriver.Translation;

/// <summary>A constant in the register file of every warp.</summary>
internal readonly record struct Constant(int Offset, int Bytes, ulong Bits);

/// <summary>A special register in the register file.</summary>
internal readonly record struct SpecialRegister(int Offset, SpecialRegisters.Reader Reader);

/// <summary>A kernel that can be launched.</summary>
internal sealed unsafe class CompiledKernel : IDisposable
{
    private readonly NativeArena arena;
    private readonly IReadOnlyList<Constant> constants;
    private readonly IReadOnlyList<SpecialRegister> specials;
    private readonly IReadOnlyList<int> written;
    private readonly IReadOnlyList<string> lines;

    public CompiledKernel(
        KernelScope scope, IReadOnlyList<Instruction> code, IReadOnlyList<int> written, IReadOnlyList<string> lines,
        NativeArena arena, (int Count, int Line) registers)
    {
        Registers = registers;
        this.arena = arena;
        this.written = written;
        this.lines = lines;
        (constants, specials) = (scope.Constants, scope.Specials);
        (Name, RegisterBytes, MaxThreads) = (scope.Syntax.Name, scope.RegisterBytes, scope.Syntax.MaxThreads);
        (StaticSharedBytes, LocalBytes, ParameterBytes) = (scope.SharedBytes, scope.LocalBytes, scope.ParameterBytes);
        Parameters = scope.ParameterLayout;
        CodeLength = code.Count;
        HasAtomics = code.Any(instruction => instruction.Resolve is not null && instruction.Mode == (int)AccessMode.Atomic);
        Code = arena.Allocate<Instruction>(code.Count);
        CollectionsMarshal.AsSpan(code.ToList()).CopyTo(new Span<Instruction>(Code, code.Count));
    }

    public string Name { get; }

    public Instruction* Code { get; }

    public int CodeLength { get; }

    /// <summary>The register file of a warp, constants and special registers included.</summary>
    public int RegisterBytes { get; }

    /// <summary>The most threads of a group that it was compiled for; null: as many as the device can.</summary>
    public int? MaxThreads { get; }

    /// <summary>The most registers of 32 bits that are alive at once, and the line.</summary>
    public (int Count, int Line) Registers { get; }

    public int StaticSharedBytes { get; }

    /// <summary>Local memory of a thread.</summary>
    public int LocalBytes { get; }

    public int ParameterBytes { get; }

    /// <summary>Whether groups may update the same memory.</summary>
    public bool HasAtomics { get; }

    /// <summary>Offset and size of each parameter.</summary>
    public IReadOnlyList<(int Offset, int Bytes)> Parameters { get; }

    /// <summary>The most dynamic shared memory that a launch may ask for (<c>cuFuncSetAttribute</c>); null: not said.</summary>
    public int? MaxDynamicSharedBytes { get; set; }

    /// <summary>A line of the text, from 1.</summary>
    public string LineText(int line) => line > 0 && line <= lines.Count ? lines[line - 1].Trim() : "";

    /// <summary>Fills in the constants.</summary>
    public void WriteConstants(Warp warp)
    {
        foreach (var constant in constants)
        {
            for (var lane = 0; lane < Warp.Size; lane++)
                Lanes.Write(warp, constant.Offset, constant.Bytes, lane, constant.Bits);
        }
    }

    /// <summary>Tells a warp's threads who they are, as a group starts, and that no register has been written yet.</summary>
    public void WriteSpecialRegisters(Warp warp)
    {
        foreach (var (offset, reader) in specials)
        {
            for (var lane = 0; lane < Warp.Size; lane++)
                warp.Register<uint>(offset)[lane] = reader(warp, lane);
        }

        foreach (var offset in written)
            warp.Predicate(offset) = 0;
    }

    public void Dispose() => arena.Dispose();
}
