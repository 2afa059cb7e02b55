using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>What the lanes of a warp do together: shuffles, votes, reductions, and the warp's own barrier.</summary>
internal static unsafe class WarpWide
{
    private static readonly PtxType B32 = PtxType.Find("b32")!;
    private static readonly PtxType Predicate = PtxType.Find("pred")!;

    public static void AddTo(InstructionSet set)
    {
        set.Add("shfl", form =>
        {
            form.Expect("sync");
            form.Code.Mode = (int)(form.OneOf("up", "down", "bfly", "idx") switch
            {
                "up" => Shuffling.Up,
                "down" => Shuffling.Down,
                "bfly" => Shuffling.Butterfly,
                _ => Shuffling.Index,
            });
            form.Expect("b32");
            (form.Code.D, form.Code.E) = form.TargetWithPredicate(B32);
            form.Code.A = form.Source(B32);
            form.Code.B = form.Source(B32);
            form.Code.C = form.Source(B32);
            Members(form);
            form.Code.Execute = &Shuffle;
        });
        set.Add("vote", form =>
        {
            form.Expect("sync");
            var mode = form.OneOf("all", "any", "uni", "ballot");
            form.Expect(mode == "ballot" ? "b32" : "pred");
            form.Code.D = form.Target(mode == "ballot" ? B32 : Predicate);
            form.Code.A = form.PredicateSource(out form.Code.NegatedSource);
            Members(form);
            form.Code.Execute = mode switch
            {
                "all" => &All,
                "any" => &Any,
                "uni" => &Unanimous,
                _ => &Ballot,
            };
        });
        set.Add("activemask", form =>
        {
            form.Expect("b32");
            form.Code.D = form.Target(B32);
            form.Code.Execute = &ActiveMask;
        });
        set.Add("match", form =>
        {
            form.Expect("any");
            form.Expect("sync");
            form.Expect("b32");
            Arithmetic.UnaryOperands(form, B32, &Match);
            Members(form);
        });
        set.Add("redux", DecodeReduction);
    }

    private enum Shuffling
    {
        Up,
        Down,
        Butterfly,
        Index,
    }

    /// <summary>Decodes <c>bar.warp.sync</c> from its operand on.</summary>
    public static void DecodeBarrier(Form form)
    {
        Members(form);
        form.Code.Execute = &Barrier;
        form.Code.Kind = InstructionKind.Barrier;
    }

    private static void DecodeReduction(Form form)
    {
        form.RequireTarget(80);
        form.Expect("sync");
        var operation = form.OneOf("add", "min", "max", "and", "or", "xor");
        var type = operation is "and" or "or" or "xor" ? form.Type("b32") : form.Type("u32", "s32");
        form.Code.Execute = (operation, type.Name) switch
        {
            ("add", _) => &ReduceAdd,
            ("min", "u32") => &ReduceMin,
            ("max", "u32") => &ReduceMax,
            ("min", _) => &ReduceSignedMin,
            ("max", _) => &ReduceSignedMax,
            ("and", _) => &ReduceAnd,
            ("or", _) => &ReduceOr,
            _ => &ReduceXor,
        };
        form.Code.D = form.Target(type);
        form.Code.A = form.Source(type);
        Members(form);
    }

    // The set of lanes that take part, as each of them names it.
    private static void Members(Form form)
    {
        form.Code.Count = form.Source(B32);
        form.Code.Data = DataFlow.AcrossLanes;
    }

    /// <summary>The lanes that take part; all of them must, but for those that have ended.</summary>
    private static uint Members(Warp warp, Instruction* code)
    {
        var named = warp.Register<uint>(code->Count);
        var members = named[warp.FirstLane];
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            if (named[lane] != members || (members >> lane & 1) == 0)
                throw new KernelFault(DriverError.LaunchFailed, lane, $"the lanes {members:x8} do not name each other");
        }

        var missing = members & warp.Live & ~warp.Active;
        return missing == 0
            ? members & warp.Active
            : throw new KernelFault(
                DriverError.LaunchFailed, warp.FirstLane, $"the lanes {missing:x8} of {members:x8} are elsewhere");
    }

    private static void Shuffle(Warp warp, Instruction* code)
    {
        var members = Members(warp, code);
        var d = warp.Register<uint>(code->D);
        var a = warp.Register<uint>(code->A);
        var b = warp.Register<uint>(code->B);
        var c = warp.Register<uint>(code->C);
        var results = stackalloc uint[Warp.Size];
        var inRange = 0u;
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            var amount = (int)(b[lane] & 31);
            var segment = (int)(c[lane] >> 8 & 31);
            var bound = (lane & segment) | ((int)(c[lane] & 31) & ~segment);
            var from = (Shuffling)code->Mode switch
            {
                Shuffling.Up => lane - amount,
                Shuffling.Down => lane + amount,
                Shuffling.Butterfly => lane ^ amount,
                _ => (lane & segment) | (amount & ~segment),
            };
            var isInRange = (Shuffling)code->Mode == Shuffling.Up ? from >= bound : from <= bound;
            inRange |= isInRange ? 1u << lane : 0;
            from = isInRange ? from : lane;
            if ((members >> from & 1) == 0)
                throw new KernelFault(DriverError.LaunchFailed, lane, $"takes a value from lane {from}, which takes no part");
            results[lane] = a[from];
        }

        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
            d[LaneMask.First(lanes)] = results[LaneMask.First(lanes)];
        warp.SetPredicate(code->E, inRange);
    }

    private static uint Votes(Warp warp, Instruction* code) =>
        code->NegatedSource ? ~warp.Predicate(code->A) : warp.Predicate(code->A);

    private static void All(Warp warp, Instruction* code)
    {
        var members = Members(warp, code);
        warp.SetPredicate(code->D, (members & ~Votes(warp, code)) == 0 ? LaneMask.All : 0);
    }

    private static void Any(Warp warp, Instruction* code)
    {
        var members = Members(warp, code);
        warp.SetPredicate(code->D, (members & Votes(warp, code)) != 0 ? LaneMask.All : 0);
    }

    private static void Unanimous(Warp warp, Instruction* code)
    {
        var members = Members(warp, code);
        var votes = members & Votes(warp, code);
        warp.SetPredicate(code->D, votes == 0 || votes == members ? LaneMask.All : 0);
    }

    private static void Ballot(Warp warp, Instruction* code) => Write(warp, code, Members(warp, code) & Votes(warp, code));

    private static void ActiveMask(Warp warp, Instruction* code) => Write(warp, code, warp.Active);

    private static void Match(Warp warp, Instruction* code)
    {
        var members = Members(warp, code);
        var d = warp.Register<uint>(code->D);
        var a = warp.Register<uint>(code->A);
        var results = stackalloc uint[Warp.Size];
        for (var lane = 0; lane < Warp.Size; lane++)
        {
            results[lane] = 0;
            for (var others = members; others != 0; others &= others - 1)
                results[lane] |= a[LaneMask.First(others)] == a[lane] ? 1u << LaneMask.First(others) : 0;
        }

        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
            d[LaneMask.First(lanes)] = results[LaneMask.First(lanes)];
    }

    private static void Barrier(Warp warp, Instruction* code)
    {
        Members(warp, code);
        warp.Group.Shared.Races.WarpBarrier(warp.Index);
    }

    private static void ReduceAdd(Warp warp, Instruction* code) => Reduce(warp, code, (a, b) => unchecked(a + b));

    private static void ReduceMin(Warp warp, Instruction* code) => Reduce(warp, code, Math.Min);

    private static void ReduceMax(Warp warp, Instruction* code) => Reduce(warp, code, Math.Max);

    private static void ReduceSignedMin(Warp warp, Instruction* code) =>
        Reduce(warp, code, (a, b) => (uint)Math.Min((int)a, (int)b));

    private static void ReduceSignedMax(Warp warp, Instruction* code) =>
        Reduce(warp, code, (a, b) => (uint)Math.Max((int)a, (int)b));

    private static void ReduceAnd(Warp warp, Instruction* code) => Reduce(warp, code, (a, b) => a & b);

    private static void ReduceOr(Warp warp, Instruction* code) => Reduce(warp, code, (a, b) => a | b);

    private static void ReduceXor(Warp warp, Instruction* code) => Reduce(warp, code, (a, b) => a ^ b);

    private static void Reduce(Warp warp, Instruction* code, Func<uint, uint, uint> combine)
    {
        var members = Members(warp, code);
        var a = warp.Register<uint>(code->A);
        var result = a[LaneMask.First(members)];
        for (var lanes = members & (members - 1); lanes != 0; lanes &= lanes - 1)
            result = combine(result, a[LaneMask.First(lanes)]);
        Write(warp, code, result);
    }

    private static void Write(Warp warp, Instruction* code, uint value)
    {
        var d = warp.Register<uint>(code->D);
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
            d[LaneMask.First(lanes)] = value;
    }
}
