namespace GpuLstm.Kernels.Devices;

/// <summary>The kinds of device that run the kernels.</summary>
public enum AcceleratorKind
{
    /// <summary>An NVIDIA GPU through its driver.</summary>
    Cuda,

    /// <summary>Any OpenCL device: a GPU, or a CPU through a runtime such as PoCL.</summary>
    OpenCL,

    /// <summary>ILGPU's CPU accelerator, a debugging simulator: the very kernels, slowly.</summary>
    Simulator,
}
