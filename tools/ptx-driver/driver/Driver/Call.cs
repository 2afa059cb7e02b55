using GpuLstm.PtxDriver.Machine;

namespace GpuLstm.PtxDriver.Driver;

/// <summary>
/// What calls of the driver's API have in common: one at a time, with a context that has not failed, and none that a capture
/// forbids.
/// </summary>
internal static class Call
{
    public static DeviceState Device => DeviceState.Instance;

    /// <summary>Runs a call that needs no context.</summary>
    public static int WithoutContext(Func<DriverError> body)
    {
        lock (Device.Gate)
        {
            return (int)(Device.IsInitialized ? body() : DriverError.NotInitialized);
        }
    }

    /// <summary>Runs a call in the thread's context.</summary>
    public static int InContext(Func<DriverContext, DriverError> body) => WithoutContext(() => DeviceState.Current switch
    {
        null => DriverError.InvalidContext,
        { Failure: not DriverError.Success } failed => failed.Failure,
        var context => body(context),
    });

    /// <summary>
    /// Runs a call that may wait for the device, or changes it for all: a capture forbids it unless it is a relaxed one, and is
    /// spoilt by it.
    /// </summary>
    public static int Unsafe(Func<DriverContext, DriverError> body) => InContext(context =>
    {
        var forbidding = context.Capturing
            .Where(stream => stream.Capture!.Mode == CaptureMode.Global
                || (
                    stream.Capture.Mode == CaptureMode.ThreadLocal
                        && stream.Capture.Thread == Environment.CurrentManagedThreadId))
            .ToList();
        foreach (var stream in forbidding)
            stream.Capture!.IsInvalid = true;
        return forbidding.Count > 0 ? DriverError.StreamCaptureUnsupported : body(context);
    });

    /// <summary>The stream of a handle in a context; 0, 1 and 2 are the one that is always there.</summary>
    public static DriverStream? Stream(DriverContext context, nint handle)
    {
        const nint LastBuiltIn = 2;
        return handle is >= 0 and <= LastBuiltIn ? context.LegacyStream : Device.Handles.Find<DriverStream>(handle);
    }

    /// <summary>Queues work: runs it, or records it.</summary>
    public static int Queue(nint streamHandle, Func<DriverContext, (DriverError Error, Func<DriverError>? Work)> prepare) =>
        InContext(context =>
    {
        if (Stream(context, streamHandle) is not { } stream)
            return DriverError.InvalidHandle;
        if (stream.Capture is { IsInvalid: true })
            return DriverError.StreamCaptureInvalidated;
        if (stream.IsLegacy && Implicit(context) is var spoilt and not DriverError.Success)
            return spoilt;
        var (error, work) = prepare(context);
        if (error != DriverError.Success)
        {
            if (stream.Capture is not null)
                stream.Capture.IsInvalid = true;
            return error;
        }

        if (stream.Capture is { } capture)
        {
            capture.Nodes.Add(new GraphNode(work!));
            return DriverError.Success;
        }

        return Run(context, work!);
    });

    /// <summary>Runs work; what a kernel fails of is what its context fails of from then on.</summary>
    public static DriverError Run(DriverContext context, Func<DriverError> work)
    {
        var error = work();
        if (error is DriverError.IllegalAddress or DriverError.MisalignedAddress
            or DriverError.LaunchFailed or DriverError.LaunchTimeout)
        {
            // The launch itself has succeeded: a real device would be at it still.
            context.Failure = error;
            return DriverError.Success;
        }

        return error;
    }

    /// <summary>
    /// The legacy stream waits for all blocking streams: while one of them is captured it fails, and spoils the capture.
    /// </summary>
    public static DriverError Implicit(DriverContext context)
    {
        var spoilt = context.Capturing.Where(stream => stream.IsBlocking).ToList();
        foreach (var stream in spoilt)
            stream.Capture!.IsInvalid = true;
        return spoilt.Count > 0 ? DriverError.StreamCaptureImplicit : DriverError.Success;
    }
}
