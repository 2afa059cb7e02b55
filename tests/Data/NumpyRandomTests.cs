using GpuLstm.Data;

namespace GpuLstm.Tests.Data;

/// <summary>Against numbers that NumPy and the Mersenne Twister's authors print.</summary>
public sealed class NumpyRandomTests
{
    [Fact]
    public void Gives_the_reference_stream() => Assert.Equal(3499211612u, new NumpyRandom(5489).NextUInt32());

    [Fact]
    public void Permutes_as_numpy() => Assert.Equal([8, 1, 5, 0, 7, 2, 9, 4, 3, 6], new NumpyRandom(42).Permutation(10));

    [Fact]
    public void Draws_uniform_numbers_as_numpy() => Assert.Equal(0.3745401188473625, new NumpyRandom(42).NextDouble());

    [Fact]
    public void Draws_normal_numbers_as_numpy()
    {
        var random = new NumpyRandom(0);
        Assert.Equal(1.764052345967664, random.NextGaussian());
        Assert.Equal(0.4001572083672233, random.NextGaussian());
        Assert.Equal(0.9787379841057392, random.NextGaussian());
    }
}
