namespace GpuLstm.Kernels.Devices;

/// <summary>Where to compute.</summary>
public enum AcceleratorKind
{
    /// <summary>CUDA, else an OpenCL GPU, else the CPU engine.</summary>
    Auto,

    /// <summary>An NVIDIA GPU through its driver.</summary>
    Cuda,

    /// <summary>Any OpenCL device, a GPU first: it may also be a CPU, through a runtime such as PoCL.</summary>
    OpenCL,

    /// <summary>The library's own engine on the processor. It has no kernels.</summary>
    Cpu,

    /// <summary>ILGPU's CPU accelerator, a debugging simulator: the kernels themselves, slowly.</summary>
    Simulator,
}
