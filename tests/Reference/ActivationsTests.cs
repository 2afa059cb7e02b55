using CsCheck;
using GpuLstm.Reference;

namespace GpuLstm.Tests.Reference;

public sealed class ActivationsTests
{
    private static readonly Gen<double> Anything = Gen.OneOf(
        Gen.Double[-1e-2, 1e-2], Gen.Double[-50, 50], Gen.Double[-1e300, 1e300]);

    [Fact]
    public void Tanh_is_tanh() =>
        Anything.Sample(x => Math.Abs(Activations.Tanh(x) - Math.Tanh(x)) <= 2e-13 * Math.Abs(Math.Tanh(x)));

    [Fact]
    public void Sigmoid_is_half_of_tanh_of_half_and_never_overflows() =>
        Anything.Sample(x => Math.Abs(Activations.Sigmoid(x) - (1 + Math.Tanh(x / 2)) / 2) <= 1e-15);

    [Fact]
    public void Sigmoid_keeps_its_precision_in_the_tail() =>
        Gen.Double[-700, -40].Sample(x => Math.Abs(Activations.Sigmoid(x) / Math.Exp(x) - 1) <= 1e-12);
}
