using GpuLstm.Assembler.Sass;

namespace GpuLstm.Assembler.Model;

/// <summary>
/// A model of one of a multiprocessor's four schedulers: warps that run the same straight code a number of times, an instruction
/// a cycle, in order, each with the stalls and barriers that ptxas wrote into it. Loads hit the second-level cache, branches are
/// free, an inner loop's body runs once, all warps of a group share the barrier, and the other three schedulers do the same.
/// </summary>
/// <param name="body">The code of one iteration.</param>
/// <param name="warps">Warps of the scheduler.</param>
/// <param name="matrixCycles">Cycles from one matrix product to the next.</param>
internal sealed class SchedulerModel(IReadOnlyList<SassInstruction> body, int warps, double matrixCycles)
{
    private const int SharedQueueCycles = 40; // so far ahead of the shared memory may accesses be issued
    private const int WarmUp = 4;
    private const int Last = 12;

    /// <summary>Cycles of an iteration once the loop has run a few times.</summary>
    public double CyclesOfIteration() => (CyclesOf(Last) - CyclesOf(WarmUp)) / (Last - WarmUp);

    private double CyclesOf(int iterations)
    {
        var run = new Run(body, warps, iterations, matrixCycles);
        while (!run.IsDone)
            run.Issue();
        return run.End;
    }

    private sealed class WarpState
    {
        public int Next { get; set; }

        public int Iteration { get; set; }

        public double Ready { get; set; }

        /// <summary>When the warp came to the group's barrier; null: it is not there.</summary>
        public double? Arrived { get; set; }

        public double[] Barriers { get; } = new double[6];
    }

    private sealed class Run(IReadOnlyList<SassInstruction> body, int warps, int iterations, double matrixCycles)
    {
        private readonly WarpState[] states = [.. Enumerable.Range(0, warps).Select(_ => new WarpState())];
        private double now;
        private double sharedFree;
        private double matrixFree;
        private int turn;
        private int done;

        public bool IsDone => done == warps;

        /// <summary>When the last warp had issued everything.</summary>
        public double End { get; private set; }

        /// <summary>
        /// Issues an instruction of the first warp that can, from the one that issued last on; or lets time pass.
        /// </summary>
        public void Issue()
        {
            WarpState? chosen = null;
            var soonest = double.PositiveInfinity;
            var first = turn;
            for (var n = 0; n < warps; n++)
            {
                var index = (first + n) % warps;
                var warp = states[index];
                if (warp.Iteration >= iterations || ReadyAt(warp) is not { } ready)
                    continue;
                soonest = Math.Min(soonest, ready);
                if (ready <= now && chosen is null)
                    (chosen, turn) = (warp, index);
            }

            if (chosen is null)
                now = double.IsFinite(soonest) && soonest > now ? soonest : now + 1;
            else
                Issue(chosen);
        }

        /// <summary>When a warp can issue its next instruction; null where it waits for others at a barrier.</summary>
        private double? ReadyAt(WarpState warp)
        {
            var instruction = body[warp.Next];
            var ready = warp.Ready;
            foreach (var barrier in instruction.WaitsFor)
                ready = Math.Max(ready, warp.Barriers[barrier]);
            switch (instruction.Operation)
            {
                case "LDS" or "STS":
                    return Math.Max(ready, sharedFree - SharedQueueCycles);
                case "HMMA":
                    return Math.Max(ready, matrixFree);
                case "BAR":
                    warp.Arrived ??= Math.Max(ready, now);
                    return states.Any(other => other.Arrived is null && other.Iteration < iterations)
                        ? null
                        : states.Max(other => other.Arrived) + Latencies.GroupBarrier;
                default:
                    return ready;
            }
        }

        private void Issue(WarpState warp)
        {
            var instruction = body[warp.Next];
            var operation = instruction.Operation;
            warp.Ready = now + instruction.Stall;
            if (operation is "LDS" or "STS")
                sharedFree = Math.Max(sharedFree, now) + Latencies.SharedMemoryCycles(instruction.Opcode);
            if (operation == "HMMA")
                matrixFree = now + matrixCycles;
            var begin = operation == "LDS" ? Math.Max(now, sharedFree) : now;
            Set(warp, instruction.WriteBarrier, begin + Latencies.Of(instruction.Opcode));
            Set(warp, instruction.ReadBarrier, now + Latencies.OperandsRead);
            if (operation == "BAR")
            {
                PassBarrier(warp, instruction.Stall);
                return;
            }

            if (Advance(warp))
                End = Math.Max(End, warp.Ready);
            now++;
        }

        // All that stand at the barrier issue it, one after the other.
        private void PassBarrier(WarpState first, int stall)
        {
            var through = states.Where(warp => warp.Arrived is not null && body[warp.Next].Operation == "BAR").ToList();
            foreach (var warp in through)
            {
                warp.Ready = warp == first ? now + stall : Math.Max(warp.Ready, now) + stall;
                warp.Arrived = null;
                if (Advance(warp))
                    End = Math.Max(End, now);
            }

            now += through.Count;
        }

        private static void Set(WarpState warp, int barrier, double until)
        {
            if (barrier != SassInstruction.None)
                warp.Barriers[barrier] = Math.Max(warp.Barriers[barrier], until);
        }

        /// <returns>Whether the warp has done all iterations.</returns>
        private bool Advance(WarpState warp)
        {
            if (++warp.Next < body.Count)
                return false;
            warp.Next = 0;
            if (++warp.Iteration < iterations)
                return false;
            done++;
            return true;
        }
    }
}
