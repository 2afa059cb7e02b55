namespace GpuLstm.Kernels.Devices;

/// <summary>
/// A device cannot do what was asked of it: it is absent, out of memory, or its driver refused a kernel. The message is
/// one line for the user that says what to do.
/// </summary>
public class DeviceException : Exception
{
    public DeviceException(string message)
        : base(message)
    {
    }

    public DeviceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
