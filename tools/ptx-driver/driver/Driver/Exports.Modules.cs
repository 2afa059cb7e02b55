using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Driver;

/// <content>Modules and their functions.</content>
internal static unsafe partial class Exports
{
    private const int RegistersAttribute = 4;
    private const int MaxDynamicSharedAttribute = 8;

    [UnmanagedCallersOnly(EntryPoint = "cuModuleLoadData", CallConvs = [typeof(CallConvCdecl)])]
    private static int LoadModule(nint* handle, byte* text) => Call.Unsafe(context => Load(context, handle, text, default));

    [UnmanagedCallersOnly(EntryPoint = "cuModuleLoadDataEx", CallConvs = [typeof(CallConvCdecl)])]
    private static int LoadModuleWithOptions(nint* handle, byte* text, uint count, int* options, void** values) =>
        Call.Unsafe(context => Load(context, handle, text, new CompilerOptions(count, options, values)));

    [UnmanagedCallersOnly(EntryPoint = "cuModuleUnload", CallConvs = [typeof(CallConvCdecl)])]
    private static int UnloadModule(nint handle) => Call.WithoutContext(() =>
    {
        if (Call.Device.Handles.Remove<LoadedModule>(handle) is not { } module)
            return DriverError.InvalidHandle;
        DeviceState.Current?.Modules.Remove(module);
        Unload(module);
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuModuleGetFunction", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetFunction(nint* function, nint module, byte* name) => Call.InContext(_ =>
    {
        if (Call.Device.Handles.Find<LoadedModule>(module) is not { } loaded)
            return DriverError.InvalidHandle;
        var wanted = Marshal.PtrToStringUTF8((nint)name);
        if (loaded.Kernels.FirstOrDefault(kernel => kernel.Name == wanted) is not { } found)
            return DriverError.NotFound;
        *function = Call.Device.Handles.Add(found);
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuFuncGetAttribute", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetFunctionAttribute(int* value, int attribute, nint function) => Call.InContext(_ =>
    {
        if (Call.Device.Handles.Find<CompiledKernel>(function) is not { } kernel)
            return DriverError.InvalidHandle;
        if (attribute != RegistersAttribute)
            return DriverError.InvalidValue;
        *value = kernel.Registers.Count;
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuFuncSetAttribute", CallConvs = [typeof(CallConvCdecl)])]
    private static int SetFunctionAttribute(nint function, int attribute, int value) => Call.InContext(_ =>
    {
        if (Call.Device.Handles.Find<CompiledKernel>(function) is not { } kernel)
            return DriverError.InvalidHandle;
        if (attribute != MaxDynamicSharedAttribute)
            return DriverError.Success;
        if (value < 0 || value + kernel.StaticSharedBytes > DeviceAttributes.SharedPerBlockOptIn)
            return DriverError.InvalidValue;
        kernel.MaxDynamicSharedBytes = value;
        return DriverError.Success;
    });

    // As many registers as are alive at once: ptxas may take more for speed, but then it knows the group's size (.maxntid).
    [UnmanagedCallersOnly(EntryPoint = "cuOccupancyMaxActiveBlocksPerMultiprocessor", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetOccupancy(int* groups, nint function, int groupSize, long dynamicSharedBytes) => Call.InContext(_ =>
    {
        if (Call.Device.Handles.Find<CompiledKernel>(function) is not { } kernel)
            return DriverError.InvalidHandle;
        if (groupSize <= 0)
            return DriverError.InvalidValue;
        var threads = Warp.CountOf(groupSize) * Warp.Size;
        var shared = kernel.StaticSharedBytes + dynamicSharedBytes + DeviceAttributes.ReservedSharedPerBlock;
        *groups = groupSize > (kernel.MaxThreads ?? DeviceAttributes.MaxThreadsPerBlock) ? 0 : (int)new[]
        {
            DeviceAttributes.BlocksPerMultiprocessor,
            DeviceAttributes.ThreadsPerMultiprocessor / threads,
            DeviceAttributes.SharedPerMultiprocessor / shared,
            DeviceAttributes.Registers / (Math.Max(1, kernel.Registers.Count) * threads),
        }.Min();
        return DriverError.Success;
    });

    private static DriverError Load(DriverContext context, nint* handle, byte* text, CompilerOptions options)
    {
        var source = Marshal.PtrToStringUTF8((nint)text) ?? "";
        var recorded = Call.Device.Recording?.Write(source);
        var (module, error, message) = ModuleLoader.Load(source);
        if (module is null)
        {
            options.WriteErrorLog(message);
            Messages.Report(message);
            return error;
        }

        if (recorded is not null)
            Call.Device.Recording?.Remember(recorded, module.Kernels);
        context.Modules.Add(module);
        *handle = Call.Device.Handles.Add(module);
        return DriverError.Success;
    }

    private static void Unload(LoadedModule module)
    {
        foreach (var kernel in module.Kernels)
        {
            Call.Device.Report?.Finish(kernel);
            Call.Device.Recording?.Forget(kernel);
            Call.Device.Handles.Remove(kernel);
        }

        module.Dispose();
    }
}
