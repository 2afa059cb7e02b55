using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Tests.Libtorch;

/// <summary>Compares the gradient of every parameter with libtorch's.</summary>
internal static class GradientAssert
{
    /// <param name="what">Names the case.</param>
    /// <param name="model">The model.</param>
    /// <param name="expected">libtorch's, flat.</param>
    /// <param name="actual">Likewise.</param>
    /// <param name="bound">Of the largest difference over the largest expected value of a tensor.</param>
    public static void Agrees(string what, ModelOptions model, double[] expected, double[] actual, double bound)
    {
        var layout = new ParameterLayout(model);
        var largest = expected.Max(Math.Abs);
        foreach (var tensor in layout.Tensors)
        {
            var (ours, theirs) = (tensor.In(actual).ToArray(), tensor.In(expected).ToArray());
            var scale = Math.Max(theirs.Max(Math.Abs), Bounds.MinGradientScale(layout, tensor, largest));
            // All factors of a state may be 0, or all texts short: then so is a gradient.
            var difference = ours.Zip(theirs, (one, other) => Math.Abs(one - other)).Max();
            var error = difference == 0 ? 0 : difference / scale;
            Assert.True(error <= bound, $"{what} {model.Lengths} {tensor.Name}: {error:0.0e-0}");
        }
    }
}
