using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GpuLstm.PtxDriver.Machine;

namespace GpuLstm.PtxDriver.Driver;

/// <content>Streams and events. What is queued has been done when the call returns, so waiting for it never takes long.</content>
internal static unsafe partial class Exports
{
    private const uint NonBlocking = 1;

    [UnmanagedCallersOnly(EntryPoint = "cuStreamCreate", CallConvs = [typeof(CallConvCdecl)])]
    private static int CreateStream(nint* handle, uint flags) => Call.InContext(_ => Create(handle, flags));

    [UnmanagedCallersOnly(EntryPoint = "cuStreamCreateWithPriority", CallConvs = [typeof(CallConvCdecl)])]
    private static int CreateStreamWithPriority(nint* handle, uint flags, int priority) =>
        Call.InContext(_ => Create(handle, flags));

    [UnmanagedCallersOnly(EntryPoint = "cuStreamDestroy_v2", CallConvs = [typeof(CallConvCdecl)])]
    private static int DestroyStream(nint handle) => Call.WithoutContext(() =>
    {
        if (Call.Device.Handles.Remove<DriverStream>(handle) is not { } stream)
            return DriverError.InvalidHandle;
        DeviceState.Current?.Capturing.Remove(stream);
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuStreamSynchronize", CallConvs = [typeof(CallConvCdecl)])]
    private static int SynchronizeStream(nint handle) => OnIdle(handle, () => Call.Device.Report?.Write());

    [UnmanagedCallersOnly(EntryPoint = "cuStreamQuery", CallConvs = [typeof(CallConvCdecl)])]
    private static int QueryStream(nint handle) => OnIdle(handle, () => { });

    [UnmanagedCallersOnly(EntryPoint = "cuEventCreate", CallConvs = [typeof(CallConvCdecl)])]
    private static int CreateEvent(nint* handle, uint flags) => Call.InContext(_ =>
    {
        *handle = Call.Device.Handles.Add(new DriverEvent());
        return DriverError.Success;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuEventDestroy_v2", CallConvs = [typeof(CallConvCdecl)])]
    private static int DestroyEvent(nint handle) =>
        Call.WithoutContext(
            () => Call.Device.Handles.Remove<DriverEvent>(handle) is null ? DriverError.InvalidHandle : DriverError.Success);

    [UnmanagedCallersOnly(EntryPoint = "cuEventRecord", CallConvs = [typeof(CallConvCdecl)])]
    private static int RecordEvent(nint handle, nint stream) => Call.Queue(stream, _ =>
        Call.Device.Handles.Find<DriverEvent>(handle) is { } recorded
            ? (DriverError.Success, () => Record(recorded))
            : (DriverError.InvalidHandle, null));

    [UnmanagedCallersOnly(EntryPoint = "cuEventQuery", CallConvs = [typeof(CallConvCdecl)])]
    private static int QueryEvent(nint handle) => Call.InContext(_ =>
        Call.Device.Handles.Find<DriverEvent>(handle) is null ? DriverError.InvalidHandle : DriverError.Success);

    [UnmanagedCallersOnly(EntryPoint = "cuEventSynchronize", CallConvs = [typeof(CallConvCdecl)])]
    private static int SynchronizeEvent(nint handle) => Call.Unsafe(_ =>
        Call.Device.Handles.Find<DriverEvent>(handle) is null ? DriverError.InvalidHandle : DriverError.Success);

    [UnmanagedCallersOnly(EntryPoint = "cuEventElapsedTime", CallConvs = [typeof(CallConvCdecl)])]
    private static int GetElapsedTime(float* milliseconds, nint start, nint end) => Call.InContext(_ =>
    {
        if (Call.Device.Handles.Find<DriverEvent>(start) is not { RecordedAt: { } from }
            || Call.Device.Handles.Find<DriverEvent>(end) is not { RecordedAt: { } to })
        {
            return DriverError.InvalidHandle;
        }

        *milliseconds = (float)Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
        return DriverError.Success;
    });

    private static DriverError Create(nint* handle, uint flags)
    {
        *handle = Call.Device.Handles.Add(new DriverStream(isBlocking: (flags & NonBlocking) == 0));
        return DriverError.Success;
    }

    private static DriverError Record(DriverEvent recorded)
    {
        recorded.RecordedAt = Stopwatch.GetTimestamp();
        return DriverError.Success;
    }

    // A stream that records cannot be waited for, nor the legacy one while it would wait for one that records.
    private static int OnIdle(nint handle, Action done) => Call.InContext(context =>
    {
        if (Call.Stream(context, handle) is not { } stream)
            return DriverError.InvalidHandle;
        if (stream.Capture is { } capture)
        {
            capture.IsInvalid = true;
            return DriverError.StreamCaptureUnsupported;
        }

        if (stream.IsLegacy && Call.Implicit(context) is var spoilt and not DriverError.Success)
            return spoilt;
        done();
        return DriverError.Success;
    });
}
