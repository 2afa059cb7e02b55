using System.Runtime.InteropServices;
using GpuLstm.PtxDriver.Instructions;
using GpuLstm.PtxDriver.Parsing;

namespace GpuLstm.PtxDriver.Translation;

/// <summary>
/// Turns a kernel's text into code: decodes each instruction, arranges the blocks (<see cref="CodeLayout"/>), adds checks where a
/// register may be read before it is written (<see cref="DefiniteAssignment"/>), and counts registers
/// (<see cref="LiveRegisters"/>).
/// </summary>
internal sealed unsafe class KernelCompiler
{
    private readonly KernelScope scope;
    private readonly List<DecodedInstruction> decoded = [];
    private readonly List<int> starts;
    private readonly CodeLayout layout;
    private readonly IReadOnlyList<(int Start, int End)> blocks;
    private readonly Dictionary<int, List<string>> doubtful;
    private readonly Dictionary<string, int> written = []; // the account of a register that may be read too early

    private readonly List<Instruction> code = [];
    private readonly Dictionary<int, int> places = []; // of blocks in the code
    private readonly Dictionary<int, int> loopEnds = []; // of loops, by their first block

    private KernelCompiler(KernelScope scope)
    {
        this.scope = scope;
        foreach (var instruction in scope.Syntax.Instructions)
            decoded.Add(Decode(instruction));
        if (decoded.Count == 0 || decoded[^1].Flow == ControlFlow.Next || decoded[^1].HasGuard)
        {
            throw new PtxException(
                scope.Syntax.Instructions.LastOrDefault()?.Line ?? scope.Syntax.Line,
                "the kernel does not end with ret, exit or a branch");
        }

        starts = BlockStarts();
        layout = new CodeLayout(starts, Follow);
        blocks = [.. layout.Order.Where(element => !element.IsLoopEnd).Select(element => (element.Block, EndOf(element.Block)))];
        doubtful = DefiniteAssignment.DoubtfulReads(decoded, blocks, Follow);
        foreach (var register in doubtful.Values.SelectMany(names => names).Distinct())
            written[register] = scope.Allocate(0);
    }

    /// <exception cref="PtxException">The kernel's text cannot be run.</exception>
    public static CompiledKernel Compile(KernelScope scope, IReadOnlyList<string> lines)
    {
        var compiler = new KernelCompiler(scope);
        compiler.Emit();
        return new CompiledKernel(
            scope, compiler.code, [.. compiler.written.Values], lines, scope.Arena, compiler.MaxRegisters());
    }

    private (int Count, int Line) MaxRegisters()
    {
        var peak = LiveRegisters.Most(
            decoded, blocks, Follow, name => KernelScope.IsSpecial(name) ? 0 : (scope.TypeOf(name)!.Bytes + 3) / sizeof(int));
        return (peak.Registers, decoded[peak.Instruction].Code.Line);
    }

    private DecodedInstruction Decode(InstructionSyntax syntax)
    {
        var form = new Form(syntax, scope);
        var decoder = InstructionSet.Instance.Find(syntax.Opcode) ?? throw form.Error(
            $"the instruction {syntax.Opcode} is not interpreted");
        decoder(form);
        form.Finish();
        form.Code.Line = syntax.Line;
        SetRegisters(form.Result);
        form.TakeGuard();
        if (form.Result.HasGuard)
            Control.Guard(ref form.Code, form.Result.Flow);
        return form.Result;
    }

    private void SetRegisters(DecodedInstruction instruction)
    {
        instruction.Code.Reads = Offsets(instruction.Reads);
        instruction.Code.ReadCount = instruction.Reads.Count;
        instruction.Code.Writes = Offsets(instruction.Writes);
        instruction.Code.WriteCount = instruction.Writes.Count;
    }

    private int* Offsets(List<string> names)
    {
        var offsets = scope.Arena.Allocate<int>(names.Count);
        for (var n = 0; n < names.Count; n++)
            offsets[n] = scope.Offset(names[n]);
        return offsets;
    }

    private List<int> BlockStarts()
    {
        var found = new SortedSet<int>(scope.Syntax.Labels.Values) { 0 };
        for (var n = 0; n + 1 < decoded.Count; n++)
        {
            if (decoded[n].Flow != ControlFlow.Next)
                found.Add(n + 1);
        }

        found.RemoveWhere(start => start >= decoded.Count); // a label behind the last instruction
        return [.. found];
    }

    private int EndOf(int start)
    {
        var at = starts.BinarySearch(start);
        return at + 1 < starts.Count ? starts[at + 1] : decoded.Count;
    }

    // The blocks that may follow one: where its last instruction goes, and the next one unless it always goes elsewhere.
    private IEnumerable<int> Follow(int start)
    {
        var end = EndOf(start);
        var last = decoded[end - 1];
        if (last.Flow == ControlFlow.Branch)
            yield return last.Target;
        if (last.Flow == ControlFlow.Next || last.HasGuard)
            yield return end;
    }

    private void Emit()
    {
        for (var n = 0; n < layout.Order.Count; n++)
        {
            var (block, isLoopEnd) = layout.Order[n];
            if (isLoopEnd)
            {
                loopEnds[block] = code.Count;
                code.Add(Control.Jump(places[block]));
                continue;
            }

            places[block] = code.Count;
            EmitBlock(block);
            EmitFallThrough(block, n + 1 < layout.Order.Count ? layout.Order[n + 1] : null);
        }

        // Until here a branch names an edge.
        foreach (ref var instruction in CollectionsMarshal.AsSpan(code))
        {
            if (instruction.Target < 0)
                instruction.Target = Find(~instruction.Target);
        }
    }

    // An edge to a block, or back to a block that starts a loop, which goes through the loop's end.
    private int EdgeTo(int from, int block) => ~((block * 2) + (layout.JumpsBack.Contains((from, block)) ? 1 : 0));

    private int Find(int edge) => edge % 2 == 0 ? places[edge / 2] : loopEnds[edge / 2];

    private void EmitBlock(int start)
    {
        for (var n = start; n < EndOf(start); n++)
        {
            var instruction = decoded[n];
            foreach (var name in doubtful.GetValueOrDefault(n) ?? [])
            {
                var check = Control.CheckWritten(written[name], instruction.Code.Line);
                code.Add(name == instruction.GuardPredicate ? check : Guarded(check, instruction));
            }

            if (instruction.Flow == ControlFlow.Branch)
                instruction.Code.Target = EdgeTo(start, instruction.Target);
            code.Add(instruction.Code);
            foreach (var name in instruction.Writes.Where(written.ContainsKey))
                code.Add(Guarded(Control.MarkWritten(written[name]), instruction));
        }
    }

    // A jump to the block that follows in the text, unless it stands next in the code.
    private void EmitFallThrough(int start, CodeLayout.Element? next)
    {
        var end = EndOf(start);
        var last = decoded[end - 1];
        if ((last.Flow != ControlFlow.Next && !last.HasGuard)
            || next == new CodeLayout.Element(end, layout.JumpsBack.Contains((start, end))))
        {
            return;
        }

        var jump = Control.Jump(0);
        jump.Target = EdgeTo(start, end);
        code.Add(jump);
    }

    // An added instruction under the predicate of the one that it belongs to.
    private static Instruction Guarded(Instruction added, DecodedInstruction owner)
    {
        if (owner.HasGuard)
        {
            (added.Predicate, added.Negated) = (owner.Code.Predicate, owner.Code.Negated);
            Control.Guard(ref added, ControlFlow.Next);
        }

        return added;
    }
}
