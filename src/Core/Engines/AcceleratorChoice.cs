namespace GpuLstm.Engines;

/// <summary>Where to compute.</summary>
public enum AcceleratorChoice
{
    /// <summary>CUDA, else an OpenCL GPU, else the CPU engine.</summary>
    Auto,

    /// <summary>An NVIDIA GPU.</summary>
    Cuda,

    /// <summary>Any OpenCL device, a GPU first.</summary>
    OpenCL,

    /// <summary>This program's own engine on the processor.</summary>
    Cpu,

    /// <summary>ILGPU's simulator, which runs the kernels slowly on the processor.</summary>
    Simulator,
}
