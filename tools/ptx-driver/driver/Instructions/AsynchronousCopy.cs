using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Instructions;

/// <summary>
/// Copies from global to shared memory that go on beside the threads (<c>cp.async</c>): see <see cref="PendingCopies"/>.
/// </summary>
internal static unsafe class AsynchronousCopy
{
    private const int All = -1;
    private static readonly PtxType U32 = PtxType.Find("u32")!;

    public static void AddTo(InstructionSet set) => set.Add("cp", form =>
    {
        form.Expect("async");
        form.RequireTarget(80);
        switch (form.OneOf("ca", "cg", "commit_group", "wait_group", "wait_all"))
        {
            case "commit_group":
                form.Code.Execute = &Commit;
                break;
            case "wait_group":
                form.Code.Mode = form.Number(0, int.MaxValue);
                form.Code.Execute = &Wait;
                break;
            case "wait_all":
                form.Code.Mode = All;
                form.Code.Execute = &Wait;
                break;
            case var cache:
                DecodeCopy(form, isWholeLine: cache == "cg");
                break;
        }
    });

    private static void DecodeCopy(Form form, bool isWholeLine)
    {
        form.Expect("shared");
        form.Expect("global");
        form.TakeAny("L2::64B", "L2::128B", "L2::256B");
        var target = form.AddressOf(StateSpace.Shared);
        form.Address(StateSpace.Global);
        form.Code.Bytes = form.Number(4, 16);
        if (form.Code.Bytes is not (4 or 8 or 16) || (isWholeLine && form.Code.Bytes != 16))
            throw form.Error("the size does not fit");
        // The target is an access of its own.
        var copy = form.Scope.Arena.Allocate<Instruction>(1);
        *copy = new Instruction
        {
            A = target.Register,
            AddressBytes = target.Bytes,
            Immediate = target.Offset,
            Bytes = form.Code.Bytes,
        };
        form.Code.List = (int*)copy;
        form.Code.B = form.OperandsLeft > 0 ? form.Source(U32) : form.Scope.Constant(sizeof(uint), (uint)form.Code.Bytes);
        form.Code.Kind = InstructionKind.GlobalLoad;
        form.Code.Data = DataFlow.ToMemory;
        form.Code.Execute = &Copy;
    }

    private static void Copy(Warp warp, Instruction* code)
    {
        var bytes = code->Bytes;
        var target = (Instruction*)code->List;
        var sourceBytes = warp.Register<uint>(code->B);
        var copied = 0u; // the lanes that read anything
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            copied |= sourceBytes[lane] > 0 ? 1u << lane : 0;
            if (sourceBytes[lane] > bytes)
                throw new KernelFault(DriverError.LaunchFailed, lane, $"copies {sourceBytes[lane]} bytes to {bytes}");
            var offset = Lanes.Read(warp, target->A, target->AddressBytes, lane) + (ulong)target->Immediate;
            if (offset + (ulong)bytes > (ulong)warp.Group.Shared.Bytes)
            {
                throw new KernelFault(
                    DriverError.IllegalAddress, lane,
                    $"{bytes} bytes at {(long)offset} are not within the {warp.Group.Shared.Bytes} bytes of shared memory");
            }

            if (offset % (ulong)bytes != 0)
                throw new KernelFault(DriverError.MisalignedAddress, lane, $"{bytes} bytes at {offset:x} are not aligned");
        }

        var resolve = new Instruction
        {
            A = code->A,
            AddressBytes = code->AddressBytes,
            Immediate = code->Immediate,
            Bytes = bytes,
            Guarded = &Addressing.Global,
        };
        if (copied != 0)
            warp.RunFor(copied, &resolve);
        for (var lanes = warp.Active; lanes != 0; lanes &= lanes - 1)
        {
            var lane = LaneMask.First(lanes);
            var offset = (uint)(Lanes.Read(warp, target->A, target->AddressBytes, lane) + (ulong)target->Immediate);
            warp.Group.Shared.Races.Depart(warp, lane, offset, bytes);
            warp.Copies.Begin(lane, offset, warp.Addresses[lane], bytes, (int)sourceBytes[lane]);
        }
    }

    private static void Commit(Warp warp, Instruction* code) => warp.Copies.Commit(warp.Active);

    private static void Wait(Warp warp, Instruction* code) => warp.Copies.Complete(warp, code->Mode == All ? null : code->Mode);
}
