using GpuLstm.Kernels.Operations;

namespace GpuLstm.Tests.Kernels;

public sealed class OneUnitStepTests
{
    /// <summary>Chunks are positions / 32, and one for each token; there is shared memory for 1,280.</summary>
    [Theory]
    [InlineData(1024, 1, 256, 32, true)] // 256 + 1024
    [InlineData(1024, 1, 256, 33, false)]
    [InlineData(275, 1, 32, 200, true)] // the article's
    [InlineData(275, 1, 161, 200, false)]
    [InlineData(275, 1, 1, 32_160, true)] // 1005 + 275
    [InlineData(275, 1, 1, 32_192, false)]
    [InlineData(1025, 1, 1, 1, false)] // compacted
    [InlineData(275, 2, 1, 1, false)]
    public void Takes_what_its_shared_memory_holds(int vocabulary, int hidden, int rows, int steps, bool takes) =>
        Assert.Equal(takes, OneUnitStep.Takes(vocabulary, hidden, rows, steps, logits: 1));

    [Theory]
    [InlineData(275, 16, 32, true)]
    [InlineData(275, 16, 128, true)]
    [InlineData(275, 16, 129, false)]
    [InlineData(1024, 32, 32, true)]
    [InlineData(1024, 33, 32, false)]
    public void Is_for_few_rows_and_parameters(int vocabulary, int embedding, int rows, bool faster) =>
        Assert.Equal(faster, OneUnitStep.IsFaster(vocabulary, embedding, rows));
}
