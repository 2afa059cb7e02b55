namespace GpuLstm.Data;

/// <summary>The state of a <see cref="NumpyRandom"/>.</summary>
/// <param name="Words">The twister's words [624].</param>
/// <param name="Next">The word that comes next, 0 to 624; with 624 they are twisted first.</param>
/// <param name="SpareGaussian">The second of a pair of normal values, where the first was drawn.</param>
public sealed record GeneratorState(uint[] Words, int Next, double? SpareGaussian)
{
    /// <summary>Whether a generator can have it.</summary>
    public bool IsValid => Words.Length == NumpyRandom.StateLength && Next is >= 0 and <= NumpyRandom.StateLength;
}
