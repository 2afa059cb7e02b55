using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu;
using GpuLstm.Engines.Device;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Options;

namespace GpuLstm.Engines;

/// <summary>Makes the engine for an accelerator.</summary>
public static class EngineFactory
{
    /// <summary>What <see cref="AcceleratorKind.Auto"/> means on this machine; any other choice stays as it is.</summary>
    public static AcceleratorKind Resolve(AcceleratorKind choice)
    {
        if (choice != AcceleratorKind.Auto)
            return choice;
        return DeviceCatalog.List().FirstOrDefault(device => device.IsGpu)?.Kind ?? AcceleratorKind.Cpu;
    }

    /// <summary>Rejects what an accelerator or a layer can never do, before anything is opened or read.</summary>
    /// <returns>See <see cref="Resolve"/>.</returns>
    /// <exception cref="UserErrorException">A precision or a profile that there is not.</exception>
    public static AcceleratorKind Check(AcceleratorKind choice, Precision precision, ModelOptions options, bool profiling)
    {
        var resolved = Resolve(choice);
        if (profiling && resolved == AcceleratorKind.Cpu)
        {
            throw new UserErrorException(
                $"a profile tells of kernels, and the cpu engine has none; use {Setting.Accelerator} cuda, opencl or simulator");
        }

        if (precision == Precision.Full)
            return resolved;
        if (resolved is AcceleratorKind.Cpu or AcceleratorKind.Simulator)
            throw KernelChoice.NoTensorCores(resolved == AcceleratorKind.Cpu ? "the cpu engine" : "the simulator");
        KernelChoice.CheckPrecision(precision, options);
        return resolved;
    }

    /// <summary>Opens the device and allocates what training on batches up to <paramref name="limits"/> needs.</summary>
    /// <param name="choice">Never silently another one than asked for.</param>
    /// <param name="options">The model.</param>
    /// <param name="optimizer">How a step changes the parameters.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="precision">Of the large products; other than full, only devices with tensor cores have it.</param>
    /// <param name="profiling">So that the engine is an <see cref="IProfiledEngine"/>, which the CPU engine cannot be.</param>
    /// <exception cref="DeviceException">No such device, or too little memory on it.</exception>
    /// <exception cref="UserErrorException">
    /// The limits are beyond what the kernels can number, or too large for this machine's memory, or the device lacks the
    /// precision.
    /// </exception>
    public static ITrainingEngine Create(
        AcceleratorKind choice, ModelOptions options, OptimizerOptions optimizer, EngineLimits limits,
        Precision precision = Precision.Full, bool profiling = false)
    {
        var resolved = Check(choice, precision, options, profiling);
        return Make<ITrainingEngine>(
            resolved, profiling, () => new CpuEngine(options, optimizer, limits),
            device => new DeviceEngine(device, options, optimizer, limits, precision));
    }

    /// <summary>
    /// Opens the device and allocates what evaluating batches needs: the parameters, and as a batch comes, its buffers.
    /// </summary>
    /// <param name="choice">Never silently another one than asked for.</param>
    /// <param name="options">The model.</param>
    /// <param name="limits">The largest batch.</param>
    /// <exception cref="DeviceException">No such device, or too little memory on it.</exception>
    /// <exception cref="UserErrorException">
    /// The limits are beyond what the kernels can number, or too large for this machine's memory.
    /// </exception>
    public static IInferenceEngine CreateForInference(AcceleratorKind choice, ModelOptions options, EngineLimits limits) =>
        Make<IInferenceEngine>(
            Resolve(choice), profiling: false, () => new CpuInference(options, limits),
            device => new DeviceInference(device, options, limits));

    /// <summary>
    /// Makes an engine on an open device, for a caller who needs several: the kernels stay loaded from one to the next.
    /// Disposing of the engine leaves the device open.
    /// </summary>
    public static ITrainingEngine CreateOn(
        ComputeDevice device, ModelOptions options, OptimizerOptions optimizer, EngineLimits limits,
        Precision precision = Precision.Full) =>
        new DeviceEngine(device, options, optimizer, limits, precision, leaveOpen: true);

    /// <summary>An engine for inference on an open device, which stays open.</summary>
    public static IInferenceEngine CreateForInferenceOn(ComputeDevice device, ModelOptions options, EngineLimits limits) =>
        new DeviceInference(device, options, limits, leaveOpen: true);

    private static TEngine Make<TEngine>(
        AcceleratorKind kind, bool profiling, Func<TEngine> onCpu, Func<ComputeDevice, TEngine> onDevice)
    {
        return EngineLimits.Allocate(kind == AcceleratorKind.Cpu ? onCpu : OnDevice);

        TEngine OnDevice()
        {
            var device = DeviceCatalog.Open(kind, profiling);
            try
            {
                return onDevice(device);
            }
            catch
            {
                device.Dispose();
                throw;
            }
        }
    }
}
