using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

// What the variants for processors share: an OpenCL runtime on one, or the simulator. There the threads of a group run one after
// another, and what is fast is what the runtime's compiler makes vector instructions of: loops of a known length over
// neighbouring elements (Vectors), on arrays of which it sees that they do not overlap. So what is worked on is in the thread's
// own memory, a strip of sixteen lanes for each gate or state, and comes from global memory and goes there in blocks.
//
// A group has one thread, always; that its size stands as a factor in the number of lanes keeps ILGPU from writing their loops
// out, while OpenCL runtimes, which compile a kernel for its group size, still know the number.
public static partial class LstmSequence
{
    private const int Lanes = Vectors.Lanes;

    private static int Longest(ArrayView<int> lengths, int firstRow, int rows)
    {
        var longest = 0;
        for (var row = firstRow; row < firstRow + rows; row++)
            longest = lengths[row] > longest ? lengths[row] : longest;
        return longest;
    }
}
