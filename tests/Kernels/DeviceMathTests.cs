using CsCheck;
using GpuLstm.Kernels.Primitives;

namespace GpuLstm.Tests.Kernels;

/// <summary>The kernels' own functions against double, over the whole range of floats.</summary>
public sealed class DeviceMathTests
{
    private const int Samples = 200_000;
    private static readonly Gen<float> Anything = Gen.OneOf(
        Gen.Float[-1, 1], Gen.Float[-20, 20], Gen.Float[-90, 90], Gen.Float.Where(float.IsFinite));

    [Fact]
    public void Exp_is_within_two_units_where_normal_and_clamped_beyond() => Anything.Sample(x =>
    {
        var exact = Math.Exp(Math.Clamp((double)x, -87.33f, 88.02f));
        return UnitsInTheLastPlace(DeviceMath.Exp(x), exact) <= 2;
    }, iter: Samples);

    [Fact]
    public void Sigmoid_is_within_three_units_or_underflows() => Anything.Sample(x =>
    {
        var actual = DeviceMath.Sigmoid(x);
        return x < -87 ? actual is >= 0 and < 2e-38f : UnitsInTheLastPlace(actual, 1 / (1 + Math.Exp(-(double)x))) <= 3;
    }, iter: Samples);

    [Fact]
    public void Tanh_is_within_three_units_also_near_zero() =>
        Anything.Where(x => x == 0 || Math.Abs(x) > 1e-37f)
            .Sample(x => UnitsInTheLastPlace(DeviceMath.Tanh(x), Math.Tanh(x)) <= 3, iter: Samples);

    [Fact]
    public void The_losss_logarithm_is_within_four_units() => Gen.Float[-86, 86].Sample(
        x => UnitsInTheLastPlace(DeviceMath.LogOnePlusExpOfMinus(x), LogOnePlus(Math.Exp(-Math.Abs((double)x)))) <= 4,
        iter: Samples);

    [Fact]
    public void The_logarithm_of_one_and_more_is_within_four_units() =>
        Gen.OneOf(Gen.Float[0, 1], Gen.Float[0, 5000], Gen.Float[-80, 0].Select(MathF.Exp), Gen.Const(0f), Gen.Const(1f))
            .Sample(x => UnitsInTheLastPlace(DeviceMath.LogOnePlus(x), LogOnePlus(x)) <= 4, iter: Samples);

    [Fact]
    public void What_is_not_a_number_stays_so()
    {
        Assert.True(float.IsNaN(DeviceMath.Sigmoid(float.NaN)));
        Assert.True(float.IsNaN(DeviceMath.Tanh(float.NaN)));
    }

    /// <summary>ln(1 + y) without losing a small y.</summary>
    private static double LogOnePlus(double y) => y < 1e-5 ? y - y * y / 2 + y * y * y / 3 : Math.Log(1 + y);

    private static double UnitsInTheLastPlace(float actual, double exact)
    {
        var unit = MathF.BitIncrement(Math.Abs((float)exact)) - Math.Abs((float)exact);
        return Math.Abs(actual - exact) / unit;
    }
}
