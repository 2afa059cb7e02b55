using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Options;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Engines.Cpu;

public sealed class RowBlocksTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(8, 16)]
    [InlineData(16, 3)]
    public void Blocks_cover_the_rows_and_groups_keep_to_their_size(int rowsPerGroup, int maxGroups)
    {
        var random = TestRandom.Create(output);
        for (var round = 0; round < 200; round++)
        {
            var maxRows = random.Next(1, 400);
            var rows = random.Next(1, maxRows + 1);
            var blocks = new RowBlocks(new EngineLimits(maxRows, 4), rowsPerGroup, maxGroups);
            var batch = new CpuBatch(new ModelOptions(9, 1, 1, 4, TextLengths.Real), maxRows, 4, 16, 1);
            batch.Prepare(
                new TokenBatch(
                    new int[rows * 4], [.. Enumerable.Range(0, rows).Select(_ => random.Next(5))], new int[rows], rows, 4),
                TextLengths.Real);
            blocks.Prepare(batch);

            Assert.InRange(blocks.GroupCount, 1, Math.Min(maxGroups, blocks.GroupsOfLargest));
            Assert.Equal(rows, Enumerable.Range(0, blocks.Count).Sum(blocks.Rows));
            for (var block = 0; block < blocks.Count; block++)
            {
                Assert.InRange(blocks.Rows(block), 1, Gemm.BlockRows);
                Assert.Equal(block == 0 ? 0 : blocks.First(block - 1) + blocks.Rows(block - 1), blocks.First(block));
                for (var t = 0; t < batch.Steps; t++)
                {
                    Assert.Equal(
                        Enumerable.Range(blocks.First(block), blocks.Rows(block)).Count(row => batch.Lengths[row] > t),
                        blocks.Running(block, t));
                }
            }

            foreach (var group in Enumerable.Range(0, blocks.Count).GroupBy(block => block % blocks.GroupCount))
            {
                Assert.InRange(group.Count(), 1, blocks.MaxBlocksOfGroup);
                Assert.InRange(group.Sum(blocks.Rows), 1, blocks.RowsOfGroup);
            }
        }
    }
}
