using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Primitives;
using BackwardBlock = GpuLstm.Kernels.Operations.InRegisters<GpuLstm.Kernels.Operations.BackwardWeights>;
using ForwardBlock = GpuLstm.Kernels.Operations.InRegisters<GpuLstm.Kernels.Operations.ForwardWeights>;
using SharedBackwardBlock = GpuLstm.Kernels.Operations.InSharedMemory<GpuLstm.Kernels.Operations.BackwardWeights>;
using SharedForwardBlock = GpuLstm.Kernels.Operations.InSharedMemory<GpuLstm.Kernels.Operations.ForwardWeights>;

namespace GpuLstm.Kernels.Operations;

/// <summary>A specialisation of the tile kernels: how many hidden units, by how many slices of their inputs.</summary>
/// <param name="Units">The most hidden units.</param>
/// <param name="Slices">Into so many parts a unit's inputs are split, and so many rows a group can take.</param>
/// <param name="Forward">The forward kernel.</param>
/// <param name="BackwardAtLastStep">The backward kernel, for each kind of <see cref="IncomingGradient"/>.</param>
/// <param name="BackwardAtEveryStep">Likewise.</param>
/// <param name="BlocksInSharedMemory">Of a thread's blocks of weights, those that are in shared memory.</param>
internal sealed record TileShape(
    int Units,
    int Slices,
    Action<LstmSequence.ForwardArguments> Forward,
    Action<LstmSequence.BackwardArguments> BackwardAtLastStep,
    Action<LstmSequence.BackwardArguments> BackwardAtEveryStep,
    int BlocksInSharedMemory)
{
    // With so many threads on a multiprocessor, about half of its registers hold weights.
    private const int ThreadsOnMultiprocessor = 512;
    private const int BytesInQuad = 16;

    /// <summary>Every specialisation, from the smallest.</summary>
    public static IReadOnlyList<TileShape> All { get; } =
    [
        Create<Size4, Size1, ForwardBlock, BackwardBlock>(),
        Create<Size8, Size2, ForwardBlock, BackwardBlock>(),
        Create<Size16, Size2, Twice<ForwardBlock>, Twice<BackwardBlock>>(),
        Create<Size32, Size4, Twice<ForwardBlock>, Twice<BackwardBlock>>(),
        Create<Size48, Size4, Both<Twice<ForwardBlock>, ForwardBlock>, Both<Twice<BackwardBlock>, BackwardBlock>>(),
        Create<Size64, Size4, Twice<Twice<ForwardBlock>>, Twice<Twice<BackwardBlock>>>(),
        Create<
            Size96, Size4,
            Both<Twice<Twice<ForwardBlock>>, Twice<ForwardBlock>>,
            Both<Twice<Twice<BackwardBlock>>, Twice<BackwardBlock>>>(),
        Create<
            Size128, Size4,
            Both<Twice<Twice<SharedForwardBlock>>, Twice<Twice<ForwardBlock>>>,
            Both<Twice<Twice<SharedBackwardBlock>>, Twice<Twice<BackwardBlock>>>>(),
    ];

    /// <summary>Threads of a group: <see cref="Units"/> by <see cref="Slices"/>.</summary>
    public int GroupSize => Units * Slices;

    /// <summary>Shared memory that a launch asks for.</summary>
    public int DynamicSharedBytes => BlocksInSharedMemory * 4 * GroupSize * BytesInQuad;

    /// <summary>Shared memory that the kernels have of themselves: inputs, and a sum for each row, slice and unit.</summary>
    public int StaticSharedBytes => (Slices + Slices * Slices) * Units * BytesInQuad;

    /// <summary>All kernels.</summary>
    public IEnumerable<KernelInstance> Kernels =>
        [new(Forward, GroupSize), new(BackwardAtLastStep, GroupSize), new(BackwardAtEveryStep, GroupSize)];

    /// <summary>The backward kernel.</summary>
    public Action<LstmSequence.BackwardArguments> Backward<TIncoming>()
        where TIncoming : unmanaged, LstmSequence.IIncomingGradient =>
        default(TIncoming).IsAtEveryStep ? BackwardAtEveryStep : BackwardAtLastStep;

    /// <summary>The smallest shape for a hidden size that a device can run, or null.</summary>
    public static TileShape? For(ComputeDevice device, int hiddenSize) =>
        All.FirstOrDefault(
            shape => shape.Units >= hiddenSize
                && device.Fits(shape.GroupSize, shape.StaticSharedBytes, shape.DynamicSharedBytes));

    /// <summary>As few rows a group as keep the whole device busy: a group's rows run one after another.</summary>
    public int RowsInGroup(ComputeDevice device, int rows)
    {
        var groups = device.Info.Multiprocessors * Math.Max(1, ThreadsOnMultiprocessor / GroupSize);
        return Math.Clamp((rows + groups - 1) / groups, 1, Slices);
    }

    private static TileShape Create<TUnits, TSlices, TForward, TBackward>()
        where TUnits : unmanaged, ISize
        where TSlices : unmanaged, ISize
        where TForward : unmanaged, IWeightBlocks
        where TBackward : unmanaged, IWeightBlocks => new(
            default(TUnits).Value,
            default(TSlices).Value,
            LstmSequence.TileForwardKernel<TForward, TUnits, TSlices>,
            LstmSequence.TileBackwardKernel<TBackward, TUnits, TSlices, LstmSequence.AtLastStep>,
            LstmSequence.TileBackwardKernel<TBackward, TUnits, TSlices, LstmSequence.AtEveryStep>,
            default(TForward).CountInSharedMemory);
}
