using ILGPU.Runtime;

namespace GpuLstm.Kernels.Drivers;

/// <summary>What a driver holds for the program.</summary>
internal static class DriverResource
{
    /// <summary>
    /// Frees what belongs to a device. One that has failed can free nothing any more; that is no news, and must not hide the
    /// failure that is on its way to the user.
    /// </summary>
    public static void Free(IDisposable resource)
    {
        try
        {
            resource.Dispose();
        }
        catch (AcceleratorException)
        {
        }
    }
}
