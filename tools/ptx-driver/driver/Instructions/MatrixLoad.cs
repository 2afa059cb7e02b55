using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>
/// Loads of matrices of 8 by 8 elements of 16 bits from shared memory (<c>ldmatrix</c>): eight lanes name the rows of one, and
/// every lane gets two neighbours of a row, or of a column (<c>.trans</c>).
/// </summary>
internal static unsafe class MatrixLoad
{
    private const int RowBytes = 16;
    private const int Side = 8;
    private static readonly PtxType B32 = PtxType.Find("b32")!;

    public static void AddTo(InstructionSet set) => set.Add("ldmatrix", form =>
    {
        form.RequireTarget(75);
        form.Expect("sync");
        form.Expect("aligned");
        form.Expect("m8n8");
        form.Code.Count = form.OneOf("x1", "x2", "x4") switch
        {
            "x1" => 1,
            "x2" => 2,
            _ => 4,
        };
        var isTransposed = form.Take("trans");
        form.OneOf("shared", "shared::cta");
        form.Expect("b16");
        form.Code.List = form.VectorTarget(form.Code.Count, B32, mayBeWider: false).Offsets;
        form.Address(StateSpace.Shared);
        form.Code.Bytes = RowBytes;
        form.Code.Mode = (int)AccessMode.Read;
        form.Code.Kind = InstructionKind.Shared;
        form.Code.Data = DataFlow.AcrossLanes;
        form.Code.Execute = isTransposed ? &LoadTransposed : &Load;
    });

    private static void Load(Warp warp, Instruction* code)
    {
        Resolve(warp, code);
        for (var n = 0; n < code->Count; n++)
        {
            for (var lane = 0; lane < Warp.Size; lane++)
                warp.Register<uint>(code->List[n])[lane] = ((uint*)warp.Addresses[(n * Side) + (lane / 4)])[lane % 4];
        }
    }

    private static void LoadTransposed(Warp warp, Instruction* code)
    {
        Resolve(warp, code);
        for (var n = 0; n < code->Count; n++)
        {
            for (var lane = 0; lane < Warp.Size; lane++)
            {
                var row = (n * Side) + (lane % 4 * 2);
                var (low, high) = (((ushort*)warp.Addresses[row])[lane / 4], ((ushort*)warp.Addresses[row + 1])[lane / 4]);
                warp.Register<uint>(code->List[n])[lane] = low | ((uint)high << 16);
            }
        }
    }

    // The addresses of the lanes that name rows.
    private static void Resolve(Warp warp, Instruction* code)
    {
        if (warp.Active != LaneMask.All)
            throw new KernelFault(DriverError.LaunchFailed, warp.FirstLane, "needs all 32 threads of the warp");
        var resolve = *code;
        resolve.Guarded = &Addressing.Shared;
        var named = code->Count * Side;
        warp.RunFor(named == Warp.Size ? LaneMask.All : (1u << named) - 1, &resolve);
    }
}
