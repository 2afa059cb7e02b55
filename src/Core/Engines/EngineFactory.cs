using GpuLstm.Engines.Cpu;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Model;
using GpuLstm.Training;

namespace GpuLstm.Engines;

/// <summary>Makes the engine for an accelerator.</summary>
public static class EngineFactory
{
    /// <summary>What <see cref="AcceleratorChoice.Auto"/> means on this machine; any other choice stays as it is.</summary>
    public static AcceleratorChoice Resolve(AcceleratorChoice choice)
    {
        if (choice != AcceleratorChoice.Auto)
            return choice;
        var gpu = DeviceCatalog.List().FirstOrDefault(device => device.IsGpu);
        return gpu?.Kind switch
        {
            AcceleratorKind.Cuda => AcceleratorChoice.Cuda,
            AcceleratorKind.OpenCL => AcceleratorChoice.OpenCL,
            _ => AcceleratorChoice.Cpu,
        };
    }

    /// <summary>Rejects what an accelerator or a layer can never do, before anything is opened or read.</summary>
    /// <returns>See <see cref="Resolve"/>.</returns>
    /// <exception cref="UserErrorException">A precision or a profile that there is not.</exception>
    public static AcceleratorChoice Check(AcceleratorChoice choice, Precision precision, int hiddenSize, bool profiling)
    {
        var resolved = Resolve(choice);
        if (profiling && resolved == AcceleratorChoice.Cpu)
        {
            throw new UserErrorException(
                $"a profile tells of kernels, and the cpu engine has none; use {Setting.Accelerator} cuda, opencl or simulator");
        }

        if (precision == Precision.Full)
            return resolved;
        if (resolved is AcceleratorChoice.Cpu or AcceleratorChoice.Simulator)
            throw StepKernels.NoTensorCores(resolved == AcceleratorChoice.Cpu ? "the cpu engine" : "the simulator");
        StepKernels.CheckPrecision(precision, hiddenSize);
        return resolved;
    }

    /// <summary>Opens the device and allocates what batches up to <paramref name="limits"/> need.</summary>
    /// <param name="choice">Never silently another one than asked for.</param>
    /// <param name="options">The model.</param>
    /// <param name="adam">The optimiser.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="precision">Of the large products; other than full, only devices with tensor cores have it.</param>
    /// <param name="profiling">So that the engine is an <see cref="IProfiledEngine"/>, which the CPU engine cannot be.</param>
    /// <exception cref="DeviceException">No such device, or too little memory on it.</exception>
    /// <exception cref="UserErrorException">The limits are beyond what the kernels can number, or too large for this machine's memory, or the device lacks the precision.</exception>
    public static ILstmEngine Create(
        AcceleratorChoice choice, ModelOptions options, AdamOptions adam, EngineLimits limits, Precision precision = Precision.Full, bool profiling = false)
    {
        var resolved = Check(choice, precision, options.HiddenSize, profiling);
        try
        {
            return resolved switch
            {
                AcceleratorChoice.Cpu => new CpuEngine(options, adam, limits),
                AcceleratorChoice.Cuda => OnDevice(AcceleratorKind.Cuda),
                AcceleratorChoice.OpenCL => OnDevice(AcceleratorKind.OpenCL),
                _ => OnDevice(AcceleratorKind.Simulator),
            };
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException)
        {
            throw new UserErrorException($"this model and batch need more memory than there is; {EngineLimits.MemoryAdvice}", e);
        }

        ILstmEngine OnDevice(AcceleratorKind kind)
        {
            var device = DeviceCatalog.Open(kind, profiling);
            try
            {
                return new DeviceEngine(device, options, adam, limits, precision);
            }
            catch
            {
                device.Dispose();
                throw;
            }
        }
    }

    /// <summary>
    /// Makes an engine on an open device, for whoever needs several: the kernels stay loaded from one to the next.
    /// Disposing of the engine leaves the device open.
    /// </summary>
    public static ILstmEngine CreateOn(
        ComputeDevice device, ModelOptions options, AdamOptions adam, EngineLimits limits, Precision precision = Precision.Full) =>
        new DeviceEngine(device, options, adam, limits, precision, leaveOpen: true);
}
