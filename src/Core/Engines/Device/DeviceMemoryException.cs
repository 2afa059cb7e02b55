using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;

namespace GpuLstm.Engines.Device;

/// <summary>A device's memory does not suffice. The message says what could be smaller.</summary>
public sealed class DeviceMemoryException : DeviceException, IUserError
{
    /// <param name="cause">Where, and how much was asked for.</param>
    internal DeviceMemoryException(DeviceException cause)
        : this($"{cause.Message}; {EngineLimits.MemoryAdvice}", cause)
    {
    }

    private DeviceMemoryException(UserMessage message, DeviceException cause)
        : base(message.ToString(), cause) => UserMessage = message;

    public UserMessage UserMessage { get; }
}
