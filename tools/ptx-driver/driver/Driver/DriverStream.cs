namespace GpuLstm.PtxDriver.Driver;

/// <summary>A stream: runs what is queued at once, or records it while it is captured.</summary>
/// <param name="isLegacy">Whether it is the stream that every context has.</param>
/// <param name="isBlocking">Whether work of the legacy stream waits for its.</param>
internal sealed class DriverStream(bool isLegacy = false, bool isBlocking = false)
{
    public bool IsLegacy => isLegacy;

    public bool IsBlocking => isBlocking;

    /// <summary>What has been recorded so far; null: the stream is not captured.</summary>
    public StreamCapture? Capture { get; set; }
}

/// <summary>How far a capture forbids what others do meanwhile.</summary>
internal enum CaptureMode
{
    /// <summary>No thread may do what could wait for the device.</summary>
    Global = 0,

    /// <summary>The thread that captures may not.</summary>
    ThreadLocal = 1,

    /// <summary>Everything is allowed that does not concern the stream.</summary>
    Relaxed = 2,
}

/// <summary>A capture under way.</summary>
/// <param name="mode">What it forbids.</param>
/// <param name="thread">The thread that began it.</param>
internal sealed class StreamCapture(CaptureMode mode, int thread)
{
    public CaptureMode Mode => mode;

    public int Thread => thread;

    /// <summary>Whether something forbidden was done, so that no graph comes of it.</summary>
    public bool IsInvalid { get; set; }

    public List<GraphNode> Nodes { get; } = [];
}
