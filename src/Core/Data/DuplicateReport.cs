namespace GpuLstm.Data;

/// <summary>
/// Texts that are there twice. Two texts are the same where their tokens are; they are nearly the same where the sets of their
/// words (or of five characters in a row) have at least <see cref="Similarity"/> of their union in common.
/// </summary>
/// <param name="Copies">Rows whose text stands in an earlier row.</param>
/// <param name="Contradictions">Rows whose text stands somewhere with another label.</param>
/// <param name="NearCopies">Rows that have another text which is nearly the same.</param>
/// <param name="TestCopies">Test rows whose text stands in the training rows.</param>
/// <param name="NearTestCopies">Test rows whose text, or nearly the same, stands in the training rows.</param>
public sealed record DuplicateReport(int Copies, int Contradictions, int NearCopies, int TestCopies, int NearTestCopies)
{
    /// <summary>The Jaccard similarity from which on texts are nearly the same.</summary>
    public const double Similarity = 0.7;
}
