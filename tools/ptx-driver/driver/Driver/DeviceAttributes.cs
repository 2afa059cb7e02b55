using GpuLstm.PtxDriver.Machine;

namespace GpuLstm.PtxDriver.Driver;

/// <summary>The device's attributes, by their numbers in CUDA: those of an H100 where they matter.</summary>
internal static class DeviceAttributes
{
    public const int MaxThreadsPerBlock = 1024;
    public const int SharedPerBlock = 48 * 1024;
    public const int Registers = 65536;
    public const int ThreadsPerMultiprocessor = 2048;
    public const int BlocksPerMultiprocessor = 32;
    public const int Multiprocessors = 132;

    /// <summary>Shared memory of a group that every group loses to the driver.</summary>
    public const int ReservedSharedPerBlock = 1024;

    private const int NewestWithMuchShared = 90;
    private const int MaxRegistersOfThread = 255;
    private const int RegistersAtOnce = 8; // a thread gets as many more at a time

    /// <summary>The most shared memory of a group that asks for it, by architecture.</summary>
    public static int SharedPerBlockOptIn => Call.Device.Architecture switch
    {
        >= NewestWithMuchShared => 227 * 1024,
        86 or 89 => 99 * 1024,
        >= 80 => 163 * 1024,
        75 => 64 * 1024,
        _ => 96 * 1024,
    };

    /// <summary>The shared memory of a multiprocessor.</summary>
    public static int SharedPerMultiprocessor =>
        SharedPerBlockOptIn + (Call.Device.Architecture >= 80 ? ReservedSharedPerBlock : 0);

    /// <summary>The most registers of a thread where a group has so many.</summary>
    public static int RegistersOfThread(int threads) =>
        Math.Min(MaxRegistersOfThread, Registers / (Warp.CountOf(threads) * Warp.Size) / RegistersAtOnce * RegistersAtOnce);

    /// <summary>An attribute's value; 0 where nothing is to be said.</summary>
    public static int Value(int attribute) => attribute switch
    {
        1 => MaxThreadsPerBlock,
        2 or 3 => 1024, // the largest group in x and y
        4 => 64,
        5 => int.MaxValue, // the largest grid
        6 or 7 => 65535,
        8 => SharedPerBlock,
        9 => 65536, // constant memory
        10 => 32, // lanes of a warp
        11 => int.MaxValue, // pitch
        12 => Registers, // of a group
        13 => 1_980_000, // clock in kHz
        15 => 1, // overlaps copies
        16 => Multiprocessors,
        19 => 1, // maps memory of the host
        31 => 1, // runs kernels side by side
        36 => 2_619_000, // clock of the memory in kHz
        37 => 5120, // its bus in bits
        38 => 50 << 20, // cache
        39 => ThreadsPerMultiprocessor,
        40 => 3, // copy engines
        41 => 1, // one address space with the host
        75 => Call.Device.Architecture / 10,
        76 => Call.Device.Architecture % 10,
        81 => SharedPerMultiprocessor,
        82 => Registers, // of a multiprocessor
        97 => SharedPerBlockOptIn,
        106 => BlocksPerMultiprocessor,
        111 => ReservedSharedPerBlock,
        _ => 0,
    };
}
