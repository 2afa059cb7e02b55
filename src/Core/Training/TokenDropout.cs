using GpuLstm.Data;
using GpuLstm.Kernels.Operations;

namespace GpuLstm.Training;

/// <summary>
/// Tokens of an epoch's texts that become <c>&lt;UNK&gt;</c>, so that the model learns to do without any of them. Which ones is a
/// function of seed, epoch, row and place in the row alone.
/// </summary>
/// <param name="rate">The share, from 0 to below 1.</param>
/// <param name="seed">The training's.</param>
/// <param name="unknown">The number of <c>&lt;UNK&gt;</c>.</param>
internal sealed class TokenDropout(double rate, uint seed, int unknown)
{
    /// <summary>The rows of an epoch.</summary>
    /// <param name="rows">All training rows.</param>
    /// <param name="epoch">From 1.</param>
    public TokenMatrix Of(TokenMatrix rows, int epoch)
    {
        var mask = new DropoutMask(rate, seed, DropoutPlace.Tokens, number: 0, epoch);
        return rows.WithTokens((row, tokens) =>
        {
            for (var quad = 0; 4 * quad < tokens.Length; quad++)
            {
                var factors = mask.Factors(row, 0, quad);
                Drop(tokens, 4 * quad, factors.X);
                Drop(tokens, 4 * quad + 1, factors.Y);
                Drop(tokens, 4 * quad + 2, factors.Z);
                Drop(tokens, 4 * quad + 3, factors.W);
            }
        });
    }

    private void Drop(Span<int> tokens, int place, float factor)
    {
        if (place < tokens.Length && factor == 0)
            tokens[place] = unknown;
    }
}
