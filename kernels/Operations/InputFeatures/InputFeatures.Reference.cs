namespace GpuLstm.Kernels.Operations;

public static partial class InputFeatures
{
    /// <summary>The operation in double, as its definition reads.</summary>
    public static class Reference
    {
        /// <param name="embedding">Of the token, and what has joined it [E].</param>
        /// <param name="other">The next one [D].</param>
        /// <param name="isAdded">Whether it is added to the token's, the first, and not behind all.</param>
        public static double[] Join(double[] embedding, double[] other, bool isAdded) =>
            isAdded
                ? [.. embedding.Select((value, column) => column < other.Length ? value + other[column] : value)]
                : [.. embedding, .. other];
    }
}
