namespace GpuLstm.Kernels.Drivers;

/// <summary>A kernel could not be loaded; the message says why, in the driver's own words where it had any.</summary>
internal sealed class KernelLoadException(string message, Exception? innerException = null) : Exception(message, innerException);
