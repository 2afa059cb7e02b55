namespace GpuLstm.PtxDriver.Machine;

/// <summary>A kernel did what a device forbids, or what has no defined result.</summary>
/// <param name="error">What the driver's API returns from then on.</param>
/// <param name="lane">The lane of the warp that did it.</param>
/// <param name="message">What it did.</param>
internal sealed class KernelFault(DriverError error, int lane, string message) : Exception(message)
{
    public DriverError Error { get; } = error;

    public int Lane { get; } = lane;
}
