namespace GpuLstm.Kernels.Operations;

public static partial class InputFeatures
{
    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="embedding">Of the token [E].</param>
        /// <param name="pair">Of the pair [D].</param>
        /// <param name="isAdded">Whether it is added, and not behind the token's.</param>
        public static double[] Join(double[] embedding, double[] pair, bool isAdded) =>
            isAdded ? [.. embedding.Zip(pair, (one, other) => one + other)] : [.. embedding, .. pair];
    }
}
