using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GpuLstm.PtxDriver.Machine;

namespace GpuLstm.PtxDriver.Driver;

/// <content>Recording what is queued on a stream, and launching it as a whole.</content>
internal static unsafe partial class Exports
{
    private const int NotCaptured = 0;
    private const int Captured = 1;
    private const int Invalidated = 2;

    [UnmanagedCallersOnly(EntryPoint = "cuStreamBeginCapture_v2", CallConvs = [typeof(CallConvCdecl)])]
    private static int BeginCapture(nint handle, int mode) => Call.InContext(context =>
    {
        if (Call.Stream(context, handle) is not { } stream || !Enum.IsDefined((CaptureMode)mode))
            return DriverError.InvalidValue;
        if (stream.IsLegacy)
            return DriverError.StreamCaptureUnsupported;
        if (stream.Capture is not null)
            return DriverError.InvalidValue;
        stream.Capture = new StreamCapture((CaptureMode)mode, Environment.CurrentManagedThreadId);
        context.Capturing.Add(stream);
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamEndCapture", CallConvs = [typeof(CallConvCdecl)])]
    private static int EndCapture(nint handle, nint* graph) => Call.InContext(context =>
    {
        *graph = 0;
        if (Call.Stream(context, handle) is not { Capture: { } capture } stream)
            return DriverError.InvalidValue;
        if (capture.Mode != CaptureMode.Relaxed && capture.Thread != Environment.CurrentManagedThreadId)
            return DriverError.StreamCaptureWrongThread;
        stream.Capture = null;
        context.Capturing.Remove(stream);
        if (capture.IsInvalid)
            return DriverError.StreamCaptureInvalidated;
        *graph = Call.Device.Handles.Add(new DriverGraph(capture.Nodes));
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamIsCapturing", CallConvs = [typeof(CallConvCdecl)])]
    private static int IsCapturing(nint handle, int* status) => Call.InContext(context =>
    {
        if (Call.Stream(context, handle) is not { } stream)
            return DriverError.InvalidHandle;
        *status = stream.Capture switch
        {
            null => NotCaptured,
            { IsInvalid: true } => Invalidated,
            _ => Captured,
        };
        return stream.IsLegacy ? Call.Implicit(context) : DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuGraphInstantiateWithFlags", CallConvs = [typeof(CallConvCdecl)])]
    private static int InstantiateWithFlags(nint* executable, nint graph, ulong flags) =>
        Call.InContext(_ => Instantiate(executable, graph));

    [UnmanagedCallersOnly(EntryPoint = "cuGraphInstantiate_v2", CallConvs = [typeof(CallConvCdecl)])]
    private static int InstantiateWithLog(nint* executable, nint graph, nint* errorNode, byte* log, long logBytes) =>
        Call.InContext(_ => Instantiate(executable, graph));

    [UnmanagedCallersOnly(EntryPoint = "cuGraphGetNodes", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetNodes(nint graph, nint* nodes, long* count) => Call.InContext(_ =>
    {
        if (Call.Device.Handles.Find<DriverGraph>(graph) is not { } found)
            return DriverError.InvalidValue;
        if (nodes is not null)
        {
            for (var n = 0; n < Math.Min(*count, found.Nodes.Count); n++)
                nodes[n] = Call.Device.Handles.Add(found.Nodes[n]);
        }

        *count = found.Nodes.Count;
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuGraphLaunch", CallConvs = [typeof(CallConvCdecl)])]
    private static int LaunchGraph(nint executable, nint stream) => Call.Queue(stream, _ =>
        Call.Device.Handles.Find<ExecutableGraph>(executable) is { } graph
            ? (
                DriverError.Success,
                () => graph.Nodes.Select(node => node.Run()).FirstOrDefault(error => error != DriverError.Success))
            : (DriverError.InvalidValue, null));

    [UnmanagedCallersOnly(EntryPoint = "cuGraphExecDestroy", CallConvs = [typeof(CallConvCdecl)])]
    private static int DestroyExecutable(nint handle) =>
        Call.WithoutContext(
            () => Call.Device.Handles.Remove<ExecutableGraph>(handle) is null ? DriverError.InvalidValue : DriverError.Success);

    [UnmanagedCallersOnly(EntryPoint = "cuGraphDestroy", CallConvs = [typeof(CallConvCdecl)])]
    private static int DestroyGraph(nint handle) =>
        Call.WithoutContext(
            () => Call.Device.Handles.Remove<DriverGraph>(handle) is null ? DriverError.InvalidValue : DriverError.Success);

    private static DriverError Instantiate(nint* executable, nint graph)
    {
        if (Call.Device.Handles.Find<DriverGraph>(graph) is not { } found)
            return DriverError.InvalidValue;
        *executable = Call.Device.Handles.Add(new ExecutableGraph(found.Nodes));
        return DriverError.Success;
    }
}
