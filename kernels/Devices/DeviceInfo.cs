namespace GpuLstm.Kernels.Devices;

/// <summary>A device that could be opened.</summary>
/// <param name="Kind">What drives it.</param>
/// <param name="Index">Its number among the devices of its kind.</param>
/// <param name="Name">Its name, as the driver gives it.</param>
/// <param name="IsGpu">False for an OpenCL runtime on the CPU and for the simulator.</param>
/// <param name="MemoryBytes">Its global memory in bytes.</param>
/// <param name="MaxGroupSize">The most threads a group can have.</param>
/// <param name="Multiprocessors">Its multiprocessors or compute units.</param>
/// <param name="HasTensorCores">Whether it multiplies tf32 and bfloat16 (CUDA, compute capability 8.0 and later).</param>
public sealed record DeviceInfo(
    AcceleratorKind Kind, int Index, string Name, bool IsGpu, long MemoryBytes, int MaxGroupSize, int Multiprocessors,
    bool HasTensorCores);
