using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GpuLstm.PtxDriver.Machine;

namespace GpuLstm.PtxDriver.Driver;

/// <content>Contexts.</content>
internal static unsafe partial class Exports
{
    [UnmanagedCallersOnly(EntryPoint = "cuCtxCreate_v2", CallConvs = [typeof(CallConvCdecl)])]
    private static int CreateContext(nint* handle, uint flags, int device) => Call.WithoutContext(() =>
    {
        var context = new DriverContext();
        *handle = Call.Device.Handles.Add(context);
        DeviceState.Contexts.Push(context);
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxDestroy_v2", CallConvs = [typeof(CallConvCdecl)])]
    private static int DestroyContext(nint handle) => Call.WithoutContext(() =>
    {
        if (Call.Device.Handles.Remove<DriverContext>(handle) is not { } context)
            return DriverError.InvalidContext;
        Call.Device.Report?.Write();
        foreach (var module in context.Modules)
            Unload(module);
        context.Modules.Clear();
        if (DeviceState.Current == context)
            DeviceState.Contexts.Pop();
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSetCurrent", CallConvs = [typeof(CallConvCdecl)])]
    private static int SetCurrentContext(nint handle) => Call.WithoutContext(() =>
    {
        var context = Call.Device.Handles.Find<DriverContext>(handle);
        if (context is null && handle != 0)
            return DriverError.InvalidContext;
        DeviceState.Contexts.TryPop(out _);
        if (context is not null)
            DeviceState.Contexts.Push(context);
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSynchronize", CallConvs = [typeof(CallConvCdecl)])]
    private static int SynchronizeContext() => Call.Unsafe(_ =>
    {
        Call.Device.Report?.Write();
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuCtxGetCacheConfig", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetCacheConfiguration(int* configuration)
    {
        *configuration = 0;
        return (int)DriverError.Success;
    }

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSetCacheConfig", CallConvs = [typeof(CallConvCdecl)])]
    private static int SetCacheConfiguration(int configuration) => (int)DriverError.Success;

    [UnmanagedCallersOnly(EntryPoint = "cuCtxGetSharedMemConfig", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetSharedConfiguration(int* configuration)
    {
        *configuration = 0;
        return (int)DriverError.Success;
    }

    [UnmanagedCallersOnly(EntryPoint = "cuCtxSetSharedMemConfig", CallConvs = [typeof(CallConvCdecl)])]
    private static int SetSharedConfiguration(int configuration) => (int)DriverError.Success;
}
