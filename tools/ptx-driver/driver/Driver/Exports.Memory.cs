using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GpuLstm.PtxDriver.Machine;

namespace GpuLstm.PtxDriver.Driver;

/// <content>Memory. Every pointer that is not the device's is the host's.</content>
internal static unsafe partial class Exports
{
    private const int MemoryTypeAttribute = 2;
    private const int HostMemory = 1;
    private const int DeviceMemoryType = 2;

    [UnmanagedCallersOnly(EntryPoint = "cuMemGetInfo_v2", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetMemoryInfo(long* free, long* total) => Call.InContext(_ =>
    {
        *total = Call.Device.Memory.Capacity;
        *free = *total - Call.Device.Memory.Used;
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemAlloc_v2", CallConvs = [typeof(CallConvCdecl)])]
    private static int Allocate(ulong* address, long bytes) => Call.Unsafe(_ => Allocate(address, bytes, isHost: false));

    [UnmanagedCallersOnly(EntryPoint = "cuMemFree_v2", CallConvs = [typeof(CallConvCdecl)])]
    private static int Free(ulong address) => Call.Unsafe(_ => Free(address, isHost: false));

    [UnmanagedCallersOnly(EntryPoint = "cuMemAllocHost_v2", CallConvs = [typeof(CallConvCdecl)])]
    private static int AllocateHost(ulong* address, long bytes) => Call.Unsafe(_ => Allocate(address, bytes, isHost: true));

    [UnmanagedCallersOnly(EntryPoint = "cuMemFreeHost", CallConvs = [typeof(CallConvCdecl)])]
    private static int FreeHost(ulong address) => Call.Unsafe(_ => Free(address, isHost: true));

    [UnmanagedCallersOnly(EntryPoint = "cuMemHostRegister_v2", CallConvs = [typeof(CallConvCdecl)])]
    private static int RegisterHost(ulong address, long bytes, uint flags) => Call.Unsafe(_ => DriverError.Success);

    [UnmanagedCallersOnly(EntryPoint = "cuMemHostUnregister", CallConvs = [typeof(CallConvCdecl)])]
    private static int UnregisterHost(ulong address) => Call.Unsafe(_ => DriverError.Success);

    [UnmanagedCallersOnly(EntryPoint = "cuMemHostGetDevicePointer_v2", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetDevicePointer(ulong* device, ulong host, uint flags) => Call.InContext(_ =>
    {
        *device = host;
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuPointerGetAttribute", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetPointerAttribute(int* value, int attribute, ulong address) => Call.InContext(_ =>
    {
        if (attribute != MemoryTypeAttribute || Call.Device.Memory.Find(address) is not { } block)
            return DriverError.InvalidValue;
        *value = block.IsHost ? HostMemory : DeviceMemoryType;
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuMemcpyAsync", CallConvs = [typeof(CallConvCdecl)])]
    private static int CopyAsync(ulong target, ulong source, long bytes, nint stream) => Call.Queue(stream, _ =>
        IsValid(target, bytes) && IsValid(source, bytes)
            ? (DriverError.Success, () => Copy(target, source, bytes))
            : (DriverError.InvalidValue, null));

    [UnmanagedCallersOnly(EntryPoint = "cuMemsetD8Async", CallConvs = [typeof(CallConvCdecl)])]
    private static int FillBytesAsync(ulong target, byte value, long count, nint stream) => Fill(target, value, count, stream);

    [UnmanagedCallersOnly(EntryPoint = "cuMemsetD32Async", CallConvs = [typeof(CallConvCdecl)])]
    private static int FillWordsAsync(ulong target, uint value, long count, nint stream) => Fill(target, value, count, stream);

    private static int Fill<T>(ulong target, T value, long count, nint stream)
        where T : unmanaged => Call.Queue(stream, _ =>
            IsDevice(target, count * sizeof(T))
                ? (DriverError.Success, () => FillNow(target, value, count))
                : (DriverError.InvalidValue, null));

    // What has been recorded may have been freed since.
    private static DriverError Copy(ulong target, ulong source, long bytes)
    {
        if (!IsValid(target, bytes) || !IsValid(source, bytes))
            return DriverError.IllegalAddress;
        Buffer.MemoryCopy((void*)source, (void*)target, bytes, bytes);
        return DriverError.Success;
    }

    private static DriverError FillNow<T>(ulong target, T value, long count)
        where T : unmanaged
    {
        if (!IsDevice(target, count * sizeof(T)))
            return DriverError.IllegalAddress;
        for (var n = 0L; n < count; n++)
            ((T*)target)[n] = value;
        return DriverError.Success;
    }

    private static DriverError Allocate(ulong* address, long bytes, bool isHost)
    {
        if (bytes <= 0)
            return DriverError.InvalidValue;
        if (Call.Device.Memory.Allocate(bytes, isHost) is not { } start)
            return DriverError.OutOfMemory;
        *address = start;
        return DriverError.Success;
    }

    private static DriverError Free(ulong address, bool isHost) =>
        address == 0 || Call.Device.Memory.Free(address, isHost) ? DriverError.Success : DriverError.InvalidValue;

    private static bool IsDevice(ulong address, long bytes) => bytes == 0 || Call.Device.Memory.Contains(address, (ulong)bytes);

    // Memory of the host that was never made known here cannot be checked; nor where a block of the device's ends.
    private static bool IsValid(ulong address, long bytes) =>
        bytes == 0 || Call.Device.Memory.Find(address) is not { } block || (ulong)bytes <= block.End - address;
}
