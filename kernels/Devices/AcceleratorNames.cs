namespace GpuLstm.Kernels.Devices;

/// <summary>What accelerators are called in messages, in files and in options.</summary>
public static class AcceleratorNames
{
    /// <summary>An accelerator's name.</summary>
    public static string Of(AcceleratorKind kind) => kind switch
    {
        AcceleratorKind.Cuda => "cuda",
        AcceleratorKind.OpenCL => "opencl",
        AcceleratorKind.Cpu => "cpu",
        AcceleratorKind.Simulator => "simulator",
        _ => "auto",
    };
}
