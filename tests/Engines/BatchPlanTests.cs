using GpuLstm.Engines;
using GpuLstm.Model;
using GpuLstm.Verification;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Engines;

public sealed class BatchPlanTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(Readout.LastStep)]
    [InlineData(Readout.LastToken)]
    public void Numbers_tokens_and_sorts_positions(Readout readout)
    {
        var random = TestRandom.Create(output);
        var options = new ModelOptions(9, 1, 1, 12, readout);
        var plan = new BatchPlan(options.VocabularySize, maxRows: 7, options.MaxLength);
        for (var round = 0; round < 50; round++) // one plan, batch after batch
        {
            var batch = RandomBatches.Create(options, random.Next(1, 8), random);
            plan.Prepare(batch, readout);

            var running = (
                from t in Enumerable.Range(0, batch.Steps)
                from b in Enumerable.Range(0, batch.Rows)
                where readout == Readout.LastStep || t < batch.Lengths[b]
                select (Position: t * batch.Rows + b, Token: batch.Tokens[b * batch.Steps + t])).ToList();
            Assert.Equal(running.Select(entry => entry.Token).Distinct(), plan.SlotTokens.Take(plan.SlotCount));
            Assert.All(running, entry => Assert.Equal(entry.Token, plan.SlotTokens[plan.Slots[entry.Position]]));
            Assert.Equal(running.Count, plan.SegmentStarts[plan.SlotCount]);
            for (var slot = 0; slot < plan.SlotCount; slot++)
            {
                Assert.Equal(
                    running.Where(entry => entry.Token == plan.SlotTokens[slot]).Select(entry => entry.Position),
                    plan.SortedPositions[plan.SegmentStarts[slot]..plan.SegmentStarts[slot + 1]]);
            }
        }
    }
}
