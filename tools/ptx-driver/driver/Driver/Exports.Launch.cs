using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Driver;

/// <content>Launches.</content>
internal static unsafe partial class Exports
{
    private const nint ParameterBuffer = 1;
    private const nint ParameterBytes = 2;
    private const int LargestGridYZ = 65535;

    [UnmanagedCallersOnly(EntryPoint = "cuLaunchKernel", CallConvs = [typeof(CallConvCdecl)])]
    private static int Launch(
        nint function, int gridX, int gridY, int gridZ, int groupX, int groupY, int groupZ, int sharedBytes, nint stream,
        void** parameters, nint* extra) =>
        Call.Queue(stream, _ =>
        {
            if (Call.Device.Handles.Find<CompiledKernel>(function) is not { } kernel)
                return (DriverError.InvalidHandle, null);
            var shape = new LaunchShape(new Size3(gridX, gridY, gridZ), new Size3(groupX, groupY, groupZ), sharedBytes);
            if (Refuse(kernel, shape) is { } refusal)
            {
                Messages.Report($"{kernel.Name} cannot be launched: {refusal}");
                return (DriverError.InvalidValue, null);
            }

            Call.Device.Recording?.Write(kernel, shape);
            if (!Call.Device.RunsKernels)
                return (DriverError.Success, () => DriverError.Success);
            var launch = new KernelLaunch(kernel, shape, Arguments(kernel, parameters, extra));
            return (DriverError.Success, () => launch.Run(Call.Device.Memory, Call.Device.Report?.Of(kernel)));
        });

    private static string? Refuse(CompiledKernel kernel, LaunchShape shape)
    {
        var (grid, group, dynamic) = (shape.Grid, shape.Group, shape.DynamicSharedBytes);
        if (Math.Min(Math.Min(grid.X, grid.Y), grid.Z) <= 0 || Math.Max(grid.Y, grid.Z) > LargestGridYZ)
            return $"a grid of {grid.X},{grid.Y},{grid.Z} groups";
        if (Math.Min(Math.Min(group.X, group.Y), group.Z) <= 0
            || group.Size > DeviceAttributes.MaxThreadsPerBlock
            || group.Z > DeviceAttributes.Value(4))
        {
            return $"groups of {group.X},{group.Y},{group.Z} threads";
        }

        if (group.Size > kernel.MaxThreads)
            return $"groups of {group.Size} threads, and it was compiled for {kernel.MaxThreads} at most";
        var most = Math.Max(kernel.MaxDynamicSharedBytes ?? 0, DeviceAttributes.SharedPerBlock - kernel.StaticSharedBytes);
        return dynamic < 0 || dynamic > most
            ? $"{dynamic} bytes of dynamic shared memory, and {kernel.StaticSharedBytes} of its own; {most} may be asked for"
            : null;
    }

    private static byte[] Arguments(CompiledKernel kernel, void** parameters, nint* extra)
    {
        var arguments = new byte[kernel.ParameterBytes];
        if (parameters is not null)
        {
            for (var n = 0; n < kernel.Parameters.Count; n++)
            {
                var (offset, bytes) = kernel.Parameters[n];
                new ReadOnlySpan<byte>(parameters[n], bytes).CopyTo(arguments.AsSpan(offset));
            }
        }
        else if (extra is not null)
        {
            void* buffer = null;
            var bytes = 0L;
            for (; *extra != 0; extra += 2)
            {
                if (extra[0] == ParameterBuffer)
                    buffer = (void*)extra[1];
                else if (extra[0] == ParameterBytes)
                    bytes = *(long*)extra[1];
            }

            new ReadOnlySpan<byte>(buffer, (int)Math.Min(bytes, arguments.Length)).CopyTo(arguments);
        }

        return arguments;
    }
}
