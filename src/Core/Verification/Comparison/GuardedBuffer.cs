using System.Runtime.InteropServices;
using GpuLstm.Kernels.Devices;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Verification.Comparison;

/// <summary>
/// A buffer on a device between two rows of guard cells, which no kernel may touch. The offset keeps the view as aligned
/// as a buffer of its own.
/// </summary>
internal sealed class GuardedBuffer<T> : IGuardedBuffer
    where T : unmanaged
{
    /// <summary>Enough guard cells for a stray index, and a multiple of every alignment.</summary>
    public const int DefaultGuardBytes = 256;

    private const byte GuardPattern = 0xFF; // NaN read as a float, -1 read as an index
    private readonly ComputeDevice device;
    private readonly MemoryBuffer1D<T, Stride1D.Dense> buffer;
    private readonly int guardBytes;
    private readonly byte[] initial;
    private readonly int lengthInBytes;

    /// <param name="device">Where.</param>
    /// <param name="values">What stands in it at first.</param>
    /// <param name="readOnly">True: no kernel may change the values either.</param>
    /// <param name="guardBytes">Bytes of guard cells at each end.</param>
    public GuardedBuffer(ComputeDevice device, T[] values, bool readOnly, int guardBytes = DefaultGuardBytes)
    {
        this.guardBytes = guardBytes;
        this.device = device;
        IsReadOnly = readOnly;
        var guard = guardBytes / Interop.SizeOf<T>();
        lengthInBytes = values.Length * Interop.SizeOf<T>();
        initial = new byte[guardBytes + lengthInBytes + guardBytes];
        Array.Fill(initial, GuardPattern);
        MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(initial.AsSpan(guardBytes));
        buffer = device.Allocate<T>(values.Length + 2 * guard);
        if (initial.Length > 0)
            buffer.View.BaseView.CopyFromCPU(device.Stream, MemoryMarshal.Cast<byte, T>(initial));
        View = buffer.View.SubView(guard, values.Length);
    }

    /// <summary>The values, without the guard cells.</summary>
    public ArrayView<T> View { get; }

    public bool IsReadOnly { get; }

    /// <summary>The values as they are now.</summary>
    public T[] Download() => MemoryMarshal.Cast<byte, T>(DownloadAll().AsSpan(guardBytes, lengthInBytes)).ToArray();

    public int CountDamage()
    {
        var now = DownloadAll();
        var damaged = 0;
        for (var n = 0; n < now.Length; n++)
        {
            var inside = n >= guardBytes && n < guardBytes + lengthInBytes;
            damaged += now[n] != initial[n] && (IsReadOnly || !inside) ? 1 : 0;
        }

        return damaged;
    }

    public void Dispose() => buffer.Dispose();

    private byte[] DownloadAll()
    {
        var bytes = new byte[initial.Length];
        if (bytes.Length == 0)
            return bytes;
        buffer.View.BaseView.CopyToCPU(device.Stream, MemoryMarshal.Cast<byte, T>(bytes.AsSpan()));
        device.Synchronize();
        return bytes;
    }
}

/// <summary>What a case checks of every buffer when its kernels are done.</summary>
internal interface IGuardedBuffer : IDisposable
{
    /// <summary>True where kernels may only read.</summary>
    bool IsReadOnly { get; }

    /// <summary>Bytes that changed and should not have: guard cells, and values that are only read.</summary>
    int CountDamage();
}
