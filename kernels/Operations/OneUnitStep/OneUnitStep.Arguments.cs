using GpuLstm.Kernels.Primitives;
using ILGPU;

namespace GpuLstm.Kernels.Operations;

public static partial class OneUnitStep
{
    /// <summary>Arguments of the kernel.</summary>
    public struct Arguments
    {
        /// <summary>
        /// All parameters: embedding [V, E], W_ih [4, E], W_hh [4], b_ih [4], b_hh [4], the head's weight and bias; updated.
        /// </summary>
        public ArrayView<float> Parameters;

        /// <summary>Their gradients, written; V rows of the embedding's, those of absent tokens zero.</summary>
        public ArrayView<float> Gradient;

        /// <summary>Adam's first moments, updated; where there is no step, not read.</summary>
        public ArrayView<float> FirstMoments;

        /// <summary>Adam's second moments, likewise.</summary>
        public ArrayView<float> SecondMoments;

        /// <summary>Steps of each row [B], 0 to T.</summary>
        public ArrayView<int> Lengths;

        /// <summary>The class of each row, from 0 [B].</summary>
        public ArrayView<int> Labels;

        /// <summary>What the loss is given; of two classes.</summary>
        public LossArguments Loss;

        /// <summary>The token of each position [T, B], which is its own slot.</summary>
        public ArrayView<int> Slots;

        /// <summary>The tokens 0 to V - 1 [V].</summary>
        public ArrayView<int> SlotTokens;

        /// <summary>V [1].</summary>
        public ArrayView<int> SlotCount;

        /// <summary>Positions sorted by token, ascending within one [≤ T B].</summary>
        public ArrayView<int> SortedPositions;

        /// <summary>Where each token's segment of the sorted positions begins, and where the last ends [V + 1].</summary>
        public ArrayView<int> SegmentStarts;

        /// <summary>Where each token's chunks begin, and where the last ends [V + 1].</summary>
        public ArrayView<int> ChunkStarts;

        /// <summary>The token of each chunk [chunks, at most <see cref="MaxChunks"/>].</summary>
        public ArrayView<int> ChunkSlots;

        /// <summary>Scratch, the gate table [V].</summary>
        public ArrayView<UnitGates> Table;

        /// <summary>Scratch, its gradient [V].</summary>
        public ArrayView<UnitGates> TableGradient;

        /// <summary>Scratch, gates forward and their gradients backward [T, B].</summary>
        public ArrayView<UnitGates> Gates;

        /// <summary>Scratch [T, B].</summary>
        public ArrayView<float> CellStates;

        /// <summary>Scratch [T, B].</summary>
        public ArrayView<float> HiddenStates;

        /// <summary>Scratch [B].</summary>
        public ArrayView<float> LastHiddenGradient;

        /// <summary>Logits, written [B].</summary>
        public ArrayView<float> Logits;

        /// <summary>The loss of each row, written [B].</summary>
        public ArrayView<float> RowLosses;

        /// <summary>Gradients of the batch's mean loss by the logits, written [B].</summary>
        public ArrayView<float> LogitGradients;

        /// <summary>Sum of the rows' losses and number of rows classified right, written [2].</summary>
        public ArrayView<float> Totals;

        /// <summary>Adam's factors.</summary>
        public Adam.StepFactors Factors;

        /// <summary>0: gradients only; else Adam's step too.</summary>
        public int Updates;

        /// <summary>Rows of the embedding V.</summary>
        public int VocabularySize;

        /// <summary>Width of an embedding row E.</summary>
        public int EmbeddingSize;

        /// <summary>Rows of a batch B.</summary>
        public int Rows;

        /// <summary>Steps T.</summary>
        public int Steps;

        internal readonly int InputWeights => VocabularySize * EmbeddingSize;

        internal readonly int RecurrentWeights => InputWeights + 4 * EmbeddingSize;

        internal readonly int InputBias => RecurrentWeights + 4;

        internal readonly int RecurrentBias => InputBias + 4;

        internal readonly int HeadWeight => RecurrentBias + 4;

        internal readonly int HeadBias => HeadWeight + 1;

        internal readonly int Count => HeadBias + 1;
    }
}
