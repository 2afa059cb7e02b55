using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using GpuLstm.PtxDriver.Machine;

namespace GpuLstm.PtxDriver.Driver;

/// <summary>The functions of CUDA's driver API, as C calls them: the device.</summary>
internal static unsafe partial class Exports
{
    private const int Version = 12080;

    [UnmanagedCallersOnly(EntryPoint = "cuInit", CallConvs = [typeof(CallConvCdecl)])]
    private static int Init(uint flags)
    {
        Call.Device.IsInitialized = Call.Device.IsVisible;
        return (int)(Call.Device.IsVisible ? DriverError.Success : DriverError.NoDevice);
    }

    [UnmanagedCallersOnly(EntryPoint = "cuDriverGetVersion", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetVersion(int* version)
    {
        *version = Version;
        return (int)DriverError.Success;
    }

    [UnmanagedCallersOnly(EntryPoint = "cuGetErrorString", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetErrorString(int error, byte** text)
    {
        *text = ErrorNames.Description(error);
        return (int)(*text is null ? DriverError.InvalidValue : DriverError.Success);
    }

    [UnmanagedCallersOnly(EntryPoint = "cuGetErrorName", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetErrorName(int error, byte** text)
    {
        *text = ErrorNames.Name(error);
        return (int)(*text is null ? DriverError.InvalidValue : DriverError.Success);
    }

    /// <summary>
    /// No function of CUDA: what the interpreter said to this thread last. Gives the bytes that it has, and writes as many as
    /// there is room for.
    /// </summary>
    [UnmanagedCallersOnly(EntryPoint = "ptxDriverLastMessage", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetLastMessage(byte* text, int length)
    {
        var bytes = Encoding.UTF8.GetBytes(Messages.Last);
        bytes.AsSpan(0, Math.Min(bytes.Length, length)).CopyTo(new Span<byte>(text, length));
        return bytes.Length;
    }

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetCount", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetDeviceCount(int* count)
    {
        *count = 1;
        return Call.WithoutContext(() => DriverError.Success);
    }

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGet", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetDevice(int* device, int ordinal)
    {
        *device = 0;
        return Call.WithoutContext(() => ordinal == 0 ? DriverError.Success : DriverError.InvalidDevice);
    }

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetName", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetDeviceName(byte* name, int length, int device)
    {
        var bytes = new Span<byte>(name, length);
        bytes.Clear();
        Encoding.ASCII.GetBytes("PTX interpreter", bytes[..^1]);
        return (int)DriverError.Success;
    }

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceTotalMem_v2", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetTotalMemory(long* bytes, int device)
    {
        *bytes = Call.Device.Memory.Capacity;
        return (int)DriverError.Success;
    }

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetAttribute", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetAttribute(int* value, int attribute, int device)
    {
        *value = DeviceAttributes.Value(attribute);
        return (int)DriverError.Success;
    }

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceCanAccessPeer", CallConvs = [typeof(CallConvCdecl)])]
    private static int CanAccessPeer(int* canAccess, int device, int peer)
    {
        *canAccess = 0;
        return (int)DriverError.Success;
    }
}
