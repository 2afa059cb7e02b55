using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;

namespace GpuLstm.PtxDriver.Translation;

/// <summary>
/// The registers that tell a thread who it is. They are written when a group starts; clocks are not interpreted.
/// </summary>
internal static class SpecialRegisters
{
    /// <summary>Gives a thread's value.</summary>
    public delegate uint Reader(Warp warp, int lane);

    private static readonly Dictionary<string, Reader> Readers = new()
    {
        ["%tid.x"] = (warp, lane) => (uint)(Thread(warp, lane) % warp.Group.Shape.Group.X),
        ["%tid.y"] = (warp, lane) => (uint)(Thread(warp, lane) / warp.Group.Shape.Group.X % warp.Group.Shape.Group.Y),
        ["%tid.z"] = (warp, lane) => (uint)(Thread(warp, lane) / warp.Group.Shape.Group.X / warp.Group.Shape.Group.Y),
        ["%ntid.x"] = (warp, _) => (uint)warp.Group.Shape.Group.X,
        ["%ntid.y"] = (warp, _) => (uint)warp.Group.Shape.Group.Y,
        ["%ntid.z"] = (warp, _) => (uint)warp.Group.Shape.Group.Z,
        ["%ctaid.x"] = (warp, _) => (uint)warp.Group.Index.X,
        ["%ctaid.y"] = (warp, _) => (uint)warp.Group.Index.Y,
        ["%ctaid.z"] = (warp, _) => (uint)warp.Group.Index.Z,
        ["%nctaid.x"] = (warp, _) => (uint)warp.Group.Shape.Grid.X,
        ["%nctaid.y"] = (warp, _) => (uint)warp.Group.Shape.Grid.Y,
        ["%nctaid.z"] = (warp, _) => (uint)warp.Group.Shape.Grid.Z,
        ["%laneid"] = (_, lane) => (uint)lane,
        ["%warpid"] = (warp, _) => (uint)warp.Index,
        ["%nwarpid"] = (warp, _) => (uint)Warp.CountOf(warp.Group.Shape.Group.Size),
        ["%smid"] = (_, _) => 0,
        ["%nsmid"] = (_, _) => 1,
        ["%dynamic_smem_size"] = (warp, _) => (uint)warp.Group.Shape.DynamicSharedBytes,
        ["%total_smem_size"] = (warp, _) => (uint)warp.Group.Shared.Bytes,
        ["%lanemask_eq"] = (_, lane) => 1u << lane,
        ["%lanemask_lt"] = (_, lane) => (1u << lane) - 1,
        ["%lanemask_le"] = (_, lane) => (1u << lane) | ((1u << lane) - 1),
        ["%lanemask_gt"] = (_, lane) => ~((1u << lane) | ((1u << lane) - 1)),
        ["%lanemask_ge"] = (_, lane) => ~((1u << lane) - 1),
    };

    /// <summary>What they all are.</summary>
    public static PtxType Type { get; } = PtxType.Find("u32")!;

    /// <summary>Who reads a register; null if it is none of these.</summary>
    public static Reader? Find(string name) => Readers.GetValueOrDefault(name);

    private static int Thread(Warp warp, int lane) => (warp.Index * Warp.Size) + lane;
}
