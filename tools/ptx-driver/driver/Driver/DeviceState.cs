using GpuLstm.PtxDriver.Machine;

namespace GpuLstm.PtxDriver.Driver;

/// <summary>The one device of this driver, and what programs have made on it. One call at a time works on it.</summary>
internal sealed class DeviceState
{
    private const long DefaultMemory = 4L << 30;
    private const byte Poison = 0xFF; // a NaN as a float, -1 as a whole number: fresh memory holds nothing of use

    [ThreadStatic]
    private static Stack<DriverContext>? OfThread;

    private DeviceState()
    {
        Architecture = (int)Setting("PTX_DRIVER_ARCHITECTURE", 90);
        Memory = new DeviceMemory(Setting("PTX_DRIVER_MEMORY", DefaultMemory), RunsKernels ? Poison : (byte)0);
    }

    public static DeviceState Instance { get; } = new();

    /// <summary>Held by the call that works on the device.</summary>
    public Lock Gate { get; } = new();

    public bool IsInitialized { get; set; }

    /// <summary>
    /// Whether programs are to see the device: CUDA's own <c>CUDA_VISIBLE_DEVICES</c>, where nothing, or -1, hides it.
    /// </summary>
    public bool IsVisible { get; } = Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is not ("" or "-1");

    /// <summary>The compute capability, as 90 for 9.0; by <c>PTX_DRIVER_ARCHITECTURE</c>.</summary>
    public int Architecture { get; }

    /// <summary>The memory; its size is in <c>PTX_DRIVER_MEMORY</c>.</summary>
    public DeviceMemory Memory { get; }

    public Handles Handles { get; } = new();

    public CounterReport? Report { get; } = CounterReport.FromEnvironment();

    public Recording? Recording { get; } = Recording.FromEnvironment();

    /// <summary>
    /// Whether kernels run; where <c>PTX_DRIVER_LAUNCHES</c> is <c>skip</c>, a launch that is not refused succeeds and does
    /// nothing, and unwritten memory holds zeros, with which a program goes on.
    /// </summary>
    public bool RunsKernels { get; } = Environment.GetEnvironmentVariable("PTX_DRIVER_LAUNCHES") != "skip";

    /// <summary>The thread's contexts, the current one on top.</summary>
    public static Stack<DriverContext> Contexts => OfThread ??= new Stack<DriverContext>();

    /// <summary>The thread's current context; null: none.</summary>
    public static DriverContext? Current => Contexts.TryPeek(out var context) ? context : null;

    private static long Setting(string name, long otherwise) =>
        long.TryParse(Environment.GetEnvironmentVariable(name), out var value) ? value : otherwise;
}
