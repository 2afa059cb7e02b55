using System.Numerics;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>Operations on memory that nothing can come between (<c>atom</c>, <c>red</c>): lane by lane, in order.</summary>
internal static unsafe class Atomics
{
    private const int NoResult = -1;

    public static void AddTo(InstructionSet set)
    {
        set.Add("atom", form => Decode(form, hasResult: true));
        set.Add("red", form => Decode(form, hasResult: false));
    }

    private interface IUpdate<T>
    {
        static abstract T Apply(T old, T b, T c);
    }

    private static void Decode(Form form, bool hasResult)
    {
        if (form.TakeAny("relaxed", "acquire", "release", "acq_rel") is not null)
            form.OneOf("cta", "cluster", "gpu", "sys");
        else
            form.TakeAny("cta", "cluster", "gpu", "sys");
        var space = Memory.Space(form, "global", "shared::cta", "shared");
        var operation = form.OneOf("and", "or", "xor", "add", "inc", "dec", "min", "max", "exch", "cas");
        if (space == StateSpace.Generic)
            space = Memory.Space(form, "global", "shared"); // so ILGPU writes it, and ptxas takes it
        var type = form.Type("b32", "b64", "u32", "u64", "s32", "s64", "f32", "f64");
        form.Code.Execute = Pick(operation, type).Handler;
        if (form.Code.Execute is null || (!hasResult && operation is "exch" or "cas"))
            throw form.Error($".{operation} does not fit {type}");
        form.Code.D = hasResult ? form.Target(type) : NoResult;
        form.Address(space);
        form.Code.B = form.Source(type);
        form.Code.C = operation == "cas" ? form.Source(type) : form.Code.B;
        form.Code.Bytes = type.Bytes;
        form.Code.Mode = (int)AccessMode.Atomic;
        form.Code.Data = DataFlow.ToMemory;
        form.Code.Resolve = Memory.Resolver(space);
        form.Code.Kind = space == StateSpace.Shared ? InstructionKind.Shared : InstructionKind.GlobalStore;
    }

    private static Choice Pick(string operation, PtxType type) => (operation, type.Name) switch
    {
        ("and", "b32") => new(&Atomic<uint, And<uint>>.Run),
        ("and", "b64") => new(&Atomic<ulong, And<ulong>>.Run),
        ("or", "b32") => new(&Atomic<uint, Or<uint>>.Run),
        ("or", "b64") => new(&Atomic<ulong, Or<ulong>>.Run),
        ("xor", "b32") => new(&Atomic<uint, Xor<uint>>.Run),
        ("xor", "b64") => new(&Atomic<ulong, Xor<ulong>>.Run),
        ("exch", "b32") => new(&Atomic<uint, Exchange<uint>>.Run),
        ("exch", "b64") => new(&Atomic<ulong, Exchange<ulong>>.Run),
        ("cas", "b32") => new(&Atomic<uint, CompareAndSwap<uint>>.Run),
        ("cas", "b64") => new(&Atomic<ulong, CompareAndSwap<ulong>>.Run),
        ("add", "u32" or "s32") => new(&Atomic<uint, Sum<uint>>.Run),
        ("add", "u64") => new(&Atomic<ulong, Sum<ulong>>.Run),
        ("add", "f32") => new(&Atomic<float, Sum<float>>.Run),
        ("add", "f64") => new(&Atomic<double, Sum<double>>.Run),
        ("min", "u32") => new(&Atomic<uint, Least<uint>>.Run),
        ("min", "s32") => new(&Atomic<int, Least<int>>.Run),
        ("min", "u64") => new(&Atomic<ulong, Least<ulong>>.Run),
        ("min", "s64") => new(&Atomic<long, Least<long>>.Run),
        ("max", "u32") => new(&Atomic<uint, Most<uint>>.Run),
        ("max", "s32") => new(&Atomic<int, Most<int>>.Run),
        ("max", "u64") => new(&Atomic<ulong, Most<ulong>>.Run),
        ("max", "s64") => new(&Atomic<long, Most<long>>.Run),
        ("inc", "u32") => new(&Atomic<uint, Increment>.Run),
        ("dec", "u32") => new(&Atomic<uint, Decrement>.Run),
        _ => default,
    };

    private static class Atomic<T, TUpdate>
        where T : unmanaged
        where TUpdate : struct, IUpdate<T>
    {
        public static void Run(Warp warp, Instruction* code)
        {
            code->Resolve(warp, code);
            var pointers = (T**)warp.Addresses;
            var b = warp.Register<T>(code->B);
            var c = warp.Register<T>(code->C);
            for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
            {
                var lane = LaneMask.First(lanes);
                var old = *pointers[lane];
                *pointers[lane] = TUpdate.Apply(old, b[lane], c[lane]);
                if (code->D != NoResult)
                    warp.Register<T>(code->D)[lane] = old;
            }
        }
    }

    private readonly struct And<T> : IUpdate<T>
        where T : IBinaryInteger<T>
    {
        public static T Apply(T old, T b, T c) => old & b;
    }

    private readonly struct Or<T> : IUpdate<T>
        where T : IBinaryInteger<T>
    {
        public static T Apply(T old, T b, T c) => old | b;
    }

    private readonly struct Xor<T> : IUpdate<T>
        where T : IBinaryInteger<T>
    {
        public static T Apply(T old, T b, T c) => old ^ b;
    }

    private readonly struct Exchange<T> : IUpdate<T>
    {
        public static T Apply(T old, T b, T c) => b;
    }

    private readonly struct CompareAndSwap<T> : IUpdate<T>
        where T : IBinaryInteger<T>
    {
        public static T Apply(T old, T b, T c) => old == b ? c : old;
    }

    private readonly struct Sum<T> : IUpdate<T>
        where T : INumber<T>
    {
        public static T Apply(T old, T b, T c) => unchecked(old + b);
    }

    private readonly struct Least<T> : IUpdate<T>
        where T : INumber<T>
    {
        public static T Apply(T old, T b, T c) => T.Min(old, b);
    }

    private readonly struct Most<T> : IUpdate<T>
        where T : INumber<T>
    {
        public static T Apply(T old, T b, T c) => T.Max(old, b);
    }

    private readonly struct Increment : IUpdate<uint>
    {
        public static uint Apply(uint old, uint b, uint c) => old >= b ? 0 : old + 1;
    }

    private readonly struct Decrement : IUpdate<uint>
    {
        public static uint Apply(uint old, uint b, uint c) => old == 0 || old > b ? b : old - 1;
    }
}
