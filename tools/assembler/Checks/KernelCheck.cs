using System.Text.RegularExpressions;
using GpuLstm.Assembler.Model;
using GpuLstm.Assembler.Sass;

namespace GpuLstm.Assembler.Checks;

/// <summary>What must not be in a kernel.</summary>
internal static partial class KernelCheck
{
    /// <summary>A line for each fault of a kernel on an architecture.</summary>
    public static IEnumerable<string> Faults(AssembledKernel kernel, Architecture architecture)
    {
        var local = kernel.Code.Instructions.Where(instruction => instruction.Operation is "LDL" or "STL").ToList();
        if (kernel.StackBytes + kernel.SpilledBytes + local.Count > 0)
        {
            yield return
                $"{kernel.StackBytes} bytes of stack, {kernel.SpilledBytes} spilled, {local.Count} accesses to local memory";
        }

        if (architecture.GroupsOf(kernel.Source.Threads, kernel.Registers, kernel.SharedBytes) == 0)
        {
            yield return
                $"a group of {kernel.Source.Threads} threads with {kernel.Registers} registers each and {kernel.SharedBytes} "
                + $"bytes of shared memory "
                + "finds no room on a multiprocessor";
        }

        var loops = kernel.IsWholeStep ? [.. HotLoop.Of(kernel).Select(hot => hot.Loop)] : kernel.Code.Loops;
        foreach (var instruction in kernel.Code.Instructions.Where(IsSlow))
        {
            if (loops.FirstOrDefault(loop => loop.Has(instruction.Address)) is { End: > 0 } loop)
                yield return $"{instruction.Opcode} at {instruction.Address:x4} in its loop {loop.Begin:x4} to {loop.End:x4}";
        }
    }

    // ptxas leaves some loops by a call without return to a label of the kernel's own; its functions' names have a $.
    private static bool IsSlow(SassInstruction instruction) =>
        Slow().IsMatch(instruction.Opcode)
            && (instruction.Operation != "CALL" || instruction.Text.Contains('$', StringComparison.Ordinal));

    // Calls; arithmetic in double; conversions between whole numbers and floats, by which whole numbers are divided too.
    [GeneratedRegex(
        @"^(CALL|D(ADD|MUL|FMA|MNMX|SETP)\b|F2I|I2F|F2F\S*64|MUFU\S*64)", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Slow();
}
