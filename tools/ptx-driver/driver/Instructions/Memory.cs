using System.Numerics;
using System.Runtime.Intrinsics;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>
/// Loads and stores. One processor runs everything in order, so what they say of ordering and caches holds by itself.
/// </summary>
internal static unsafe class Memory
{
    private static readonly string[] Types =
    [
        "b8", "b16", "b32", "b64", "u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64", "f32", "f64",
    ];

    public static void AddTo(InstructionSet set)
    {
        set.Add("ld", Load);
        set.Add("st", Store);
        set.Add("prefetch", form =>
        {
            var space = Space(form, "global", "local");
            form.OneOf("L1", "L2");
            form.Address(space);
            form.Code.Execute = &Nothing;
        });
    }

    /// <summary>Takes a state space; without one the address is generic.</summary>
    public static StateSpace Space(Form form, params ReadOnlySpan<string> names) => form.TakeAny(names) switch
    {
        "global" => StateSpace.Global,
        "shared" or "shared::cta" => StateSpace.Shared,
        "local" => StateSpace.Local,
        "const" => StateSpace.Constant,
        "param" => StateSpace.Parameter,
        _ => StateSpace.Generic,
    };

    /// <summary>Who turns addresses of a space into pointers.</summary>
    public static Handler Resolver(StateSpace space) => space switch
    {
        StateSpace.Shared => &Addressing.Shared,
        StateSpace.Local => &Addressing.Local,
        StateSpace.Generic => &Addressing.Generic,
        _ => &Addressing.Global,
    };

    private static void Load(Form form)
    {
        Ordering(form, "acquire");
        var space = Space(form, "global", "shared::cta", "shared", "local", "const", "param");
        CacheOperators(form, "ca", "cg", "cs", "lu", "cv");
        if (form.Take("nc") && space != StateSpace.Global)
            throw form.Error(".nc is for global memory");
        CacheOperators(form);
        var (count, type) = Elements(form);
        SetRegisters(form, form.VectorTarget(count, type, mayBeWider: true));
        if (space == StateSpace.Parameter)
        {
            form.Code.Immediate = form.ParameterOffset();
            if (form.Code.Immediate + form.Code.Bytes > form.Scope.ParameterBytes || form.Code.Immediate % form.Code.Bytes != 0)
                throw form.Error("is not within the parameters, or not aligned");
            form.Code.Resolve = &ResolveParameter;
        }
        else
        {
            form.Address(space);
            form.Code.Resolve = Resolver(space);
        }

        form.Code.Mode = (int)AccessMode.Read;
        form.Code.Data = DataFlow.FromMemory;
        form.Code.Kind = KindOf(space, InstructionKind.GlobalLoad);
        form.Code.Execute = (type.Bytes, form.Code.RegisterBytes, type.Kind == TypeKind.Signed) switch
        {
            (1, 2, false) => &Loading<byte, ushort>.Run,
            (1, 4, false) => &Loading<byte, uint>.Run,
            (1, 8, false) => &Loading<byte, ulong>.Run,
            (1, 2, true) => &Loading<sbyte, ushort>.Run,
            (1, 4, true) => &Loading<sbyte, uint>.Run,
            (1, 8, true) => &Loading<sbyte, ulong>.Run,
            (2, 4, true) => &Loading<short, uint>.Run,
            (2, 8, true) => &Loading<short, ulong>.Run,
            (2, 4, false) => &Loading<ushort, uint>.Run,
            (2, 8, false) => &Loading<ushort, ulong>.Run,
            (4, 8, true) => &Loading<int, ulong>.Run,
            (4, 8, false) => &Loading<uint, ulong>.Run,
            (2, _, _) => &Loading<ushort, ushort>.Run,
            (4, _, _) => &Loading<uint, uint>.Run,
            _ => &Loading<ulong, ulong>.Run,
        };
    }

    private static void Store(Form form)
    {
        Ordering(form, "release");
        var space = Space(form, "global", "shared::cta", "shared", "local");
        CacheOperators(form, "wb", "cg", "cs", "wt");
        var (count, type) = Elements(form);
        form.Address(space);
        SetRegisters(form, form.VectorSource(count, type, mayBeWider: true));
        form.Code.Resolve = Resolver(space);
        form.Code.Mode = (int)AccessMode.Write;
        form.Code.Data = space == StateSpace.Shared ? DataFlow.ToShared : DataFlow.ToMemory;
        form.Code.Kind = KindOf(space, InstructionKind.GlobalStore);
        form.Code.Execute = (type.Bytes, form.Code.RegisterBytes) switch
        {
            (1, 2) => &Storing<byte, ushort>.Run,
            (1, 4) => &Storing<byte, uint>.Run,
            (1, 8) => &Storing<byte, ulong>.Run,
            (2, 4) => &Storing<ushort, uint>.Run,
            (2, 8) => &Storing<ushort, ulong>.Run,
            (4, 8) => &Storing<uint, ulong>.Run,
            (2, _) => &Storing<ushort, ushort>.Run,
            (4, _) => &Storing<uint, uint>.Run,
            _ => &Storing<ulong, ulong>.Run,
        };
    }

    /// <summary>Takes what an access says of its order among others.</summary>
    public static void Ordering(Form form, params ReadOnlySpan<string> further)
    {
        if (form.TakeAny("weak", "volatile") is null && (form.Take("relaxed") || form.TakeAny(further) is not null))
            form.OneOf("cta", "cluster", "gpu", "sys");
    }

    private static void CacheOperators(Form form, params ReadOnlySpan<string> operators)
    {
        form.TakeAny(operators);
        form.TakeAny("L1::evict_normal", "L1::evict_unchanged", "L1::evict_first", "L1::evict_last", "L1::no_allocate");
        form.TakeAny("L2::64B", "L2::128B", "L2::256B");
    }

    private static (int Count, PtxType Type) Elements(Form form)
    {
        var count = form.TakeAny("v2", "v4") switch
        {
            "v2" => 2,
            "v4" => 4,
            _ => 1,
        };
        var type = form.Type(Types);
        const int MaxBytes = 16;
        if (count * type.Bytes > MaxBytes)
            throw form.Error($"more than {MaxBytes} bytes at once");
        (form.Code.Count, form.Code.Bytes) = (count, count * type.Bytes);
        return (count, type);
    }

    private static void SetRegisters(Form form, RegisterList registers)
    {
        form.Code.List = registers.Offsets;
        form.Code.RegisterBytes = registers.RegisterBytes;
    }

    private static InstructionKind KindOf(StateSpace space, InstructionKind global) => space switch
    {
        StateSpace.Global or StateSpace.Generic => global,
        StateSpace.Shared => InstructionKind.Shared,
        _ => InstructionKind.Other,
    };

    private static void ResolveParameter(Warp warp, Instruction* code)
    {
        warp.IsBroadcast = true;
        warp.Addresses[0] = (ulong)(warp.Group.Parameters + code->Immediate);
    }

    private static void Nothing(Warp warp, Instruction* code)
    {
    }

    private static class Loading<TElement, TRegister>
        where TElement : unmanaged, IBinaryInteger<TElement>
        where TRegister : unmanaged, IBinaryInteger<TRegister>
    {
        public static void Run(Warp warp, Instruction* code)
        {
            code->Resolve(warp, code);
            var pointers = (TElement**)warp.Addresses;
            for (var n = 0; n < code->Count; n++)
            {
                var d = warp.Register<TRegister>(code->List[n]);
                if (warp.IsBroadcast)
                {
                    var value = Vector512.Create(TRegister.CreateTruncating(pointers[0][n]));
                    for (var v = 0; v < Warp.Size / Vector512<TRegister>.Count; v++)
                        warp.Store(d, v, value);
                }
                else if (warp.Whole)
                {
                    for (var lane = 0; lane < Warp.Size; lane++)
                        d[lane] = TRegister.CreateTruncating(pointers[lane][n]);
                }
                else
                {
                    for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
                        d[LaneMask.First(lanes)] = TRegister.CreateTruncating(pointers[LaneMask.First(lanes)][n]);
                }
            }
        }
    }

    private static class Storing<TElement, TRegister>
        where TElement : unmanaged, IBinaryInteger<TElement>
        where TRegister : unmanaged, IBinaryInteger<TRegister>
    {
        public static void Run(Warp warp, Instruction* code)
        {
            code->Resolve(warp, code);
            var pointers = (TElement**)warp.Addresses;
            for (var n = 0; n < code->Count; n++)
            {
                var source = warp.Register<TRegister>(code->List[n]);
                for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
                {
                    var lane = LaneMask.First(lanes);
                    pointers[lane][n] = TElement.CreateTruncating(source[lane]);
                }
            }
        }
    }
}
