using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>
/// Taking out and putting in fields of bits (<c>bfe</c>, <c>bfi</c>). Position and length count to 255, and what lies outside is
/// zeros or sign.
/// </summary>
internal static unsafe class BitFields
{
    private static readonly PtxType U32 = PtxType.Find("u32")!;

    public static void AddTo(InstructionSet set)
    {
        set.Add("bfe", form =>
        {
            var type = form.Type("u32", "s32", "u64", "s64");
            Arithmetic.UnaryOperands(form, type, &Extract);
            form.Code.B = form.Source(U32);
            form.Code.C = form.Source(U32);
            form.Code.RegisterBytes = type.Bytes;
            form.Code.Mode = type.Kind == TypeKind.Signed ? 1 : 0;
        });
        set.Add("bfi", form =>
        {
            var type = form.Type("b32", "b64");
            Arithmetic.BinaryOperands(form, type, &Insert);
            form.Code.C = form.Source(U32);
            form.Code.E = form.Source(U32);
            form.Code.RegisterBytes = type.Bytes;
        });
    }

    private static void Extract(Warp warp, Instruction* code)
    {
        var bits = code->RegisterBytes * 8;
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            var value = Lanes.Read(warp, code->A, code->RegisterBytes, lane);
            var position = (int)(warp.Register<uint>(code->B)[lane] & 255);
            var length = (int)(warp.Register<uint>(code->C)[lane] & 255);
            var last = Math.Min(position + length - 1, bits - 1);
            var isNegative = code->Mode == 1 && length > 0 && (value >> last & 1) != 0;
            var field = position < bits ? value >> position : 0;
            var kept = Math.Clamp(bits - position, 0, length);
            var mask = kept >= 64 ? ulong.MaxValue : (1UL << kept) - 1;
            Lanes.Write(warp, code->D, code->RegisterBytes, lane, isNegative ? (field & mask) | ~mask : field & mask);
        }
    }

    private static void Insert(Warp warp, Instruction* code)
    {
        var bits = code->RegisterBytes * 8;
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            var field = Lanes.Read(warp, code->A, code->RegisterBytes, lane);
            var into = Lanes.Read(warp, code->B, code->RegisterBytes, lane);
            var position = (int)(warp.Register<uint>(code->C)[lane] & 255);
            var length = (int)(warp.Register<uint>(code->E)[lane] & 255);
            var mask = (length >= 64 ? ulong.MaxValue : (1UL << length) - 1) << Math.Min(position, 63);
            Lanes.Write(
                warp, code->D, code->RegisterBytes, lane, position < bits ? (into & ~mask) | (field << position & mask) : into);
        }
    }
}
