using GpuLstm.Kernels.Devices;

namespace GpuLstm.Engines.Contracts;

/// <summary>Where the time of training steps went on a device.</summary>
/// <param name="Steps">Steps measured.</param>
/// <param name="Kernels">Per kernel, all steps together.</param>
public sealed record StepProfile(int Steps, IReadOnlyList<KernelTotals> Kernels);

/// <summary>An engine that can tell where the time of its steps goes.</summary>
public interface IProfiledEngine
{
    /// <summary>From now on every launch is timed, which itself takes time.</summary>
    void StartProfile();

    /// <summary>Ends that. Waits for the device.</summary>
    /// <returns>The training steps since <see cref="StartProfile"/>.</returns>
    StepProfile TakeProfile();
}
