using CsCheck;
using GpuLstm.Reference;

namespace GpuLstm.Tests.Reference;

public sealed class ReferenceLossTests
{
    private static readonly ReferenceLoss Plain = new([1, 1], 0);
    private static readonly ReferenceLoss Weighted = new([0.5, 2, 1], 0.1);

    [Fact]
    public void Of_one_logit_it_is_the_logarithm_of_the_probability() =>
        Gen.Select(Gen.Double[-30, 30], Gen.Int[0, 1]).Sample((z, y) =>
    {
        var p = Activations.Sigmoid(y == 1 ? z : -z);
        return Math.Abs(Plain.Of([z], y) + Math.Log(p)) <= 1e-12
            && Math.Abs(ReferenceLoss.Probabilities([z])[y] - p) <= 1e-15;
    });

    /// <summary>0.9 w_1 nll_1 + 0.1 / 3 Σ w_c nll_c.</summary>
    [Fact]
    public void Of_several_it_is_pytorchs_definition()
    {
        double[] logits = [1, -2, 0.5];
        var sum = logits.Sum(Math.Exp);
        double Nll(int c) => Math.Log(sum) - logits[c];
        Assert.Equal(
            0.9 * 2 * Nll(1) + 0.1 / 3 * (0.5 * Nll(0) + 2 * Nll(1) + Nll(2)), Weighted.Of(logits, 1), 1e-14);
        Assert.Equal(0, ReferenceLoss.Answer(logits));
    }

    [Fact]
    public void The_slope_is_that_of_finite_differences() => Gen.Double[-5, 5].Array[3].Sample(logits =>
    {
        const double step = 1e-5;
        for (var label = 0; label < 3; label++)
        {
            var slope = Weighted.Slope(logits, label);
            for (var c = 0; c < 3; c++)
            {
                double At(double offset) => Weighted.Of([.. logits.Select((z, n) => n == c ? z + offset : z)], label);
                if (Math.Abs(slope[c] - (At(step) - At(-step)) / (2 * step)) > 1e-8)
                    return false;
            }
        }

        return true;
    });

    [Fact]
    public void Nothing_overflows_and_a_right_answers_slope_keeps_its_digits()
    {
        Assert.Equal(2000, Plain.Of([1000.0, -1000.0], 1));
        Assert.Equal(0, Plain.Of([1000.0], 1));
        Assert.Equal(-Math.Exp(-50), new ReferenceLoss([1, 1], 0).Slope([0, 50], 1)[1], 1e-30);
    }
}
