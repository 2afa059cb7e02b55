using System.Diagnostics;
using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Metrics;
using GpuLstm.Model;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Schedules;

namespace GpuLstm.Training;

/// <summary>A training in its course: what it has done, and what it goes on from.</summary>
internal sealed class TrainingRun : IDisposable
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(5);

    private readonly TrainingOptions options;
    private readonly PreparedData data;
    private readonly ITrainingEngine engine;
    private readonly ITrainingStore store;
    private readonly CheckpointOptions checkpoints;
    private readonly NumpyRandom random;
    private readonly RunningSchedule schedule;
    private readonly TokenDropout? tokenDropout;
    private IEngineBatches batches; // with token dropout others in each epoch
    private TrainingState? good; // the last checkpoint's, or what the training began with
    private int batch; // of the epoch that runs, the next
    private bool hasTrained; // in this process: the first step compiles the kernels
    private TimeSpan lookedAt; // at the losses, since the epoch's begin
    private double seconds; // of its batches before, in an earlier process

    /// <param name="options">Model and schedule.</param>
    /// <param name="data">Rows and vocabulary.</param>
    /// <param name="engine">An engine for the model.</param>
    /// <param name="store">Where checkpoints go.</param>
    /// <param name="checkpoints">When they are written.</param>
    public TrainingRun(
        TrainingOptions options, PreparedData data, ITrainingEngine engine, ITrainingStore store, CheckpointOptions checkpoints)
    {
        this.options = options;
        this.data = data;
        this.engine = engine;
        this.store = store;
        this.checkpoints = checkpoints;
        random = new NumpyRandom(options.Seed);
        if (options.TokenDropout > 0)
            tokenDropout = new TokenDropout(options.TokenDropout, options.Seed, data.Vocabulary.UnknownIndex);
        batches = engine.Load(data.Train, options.BatchSize);
        schedule = options.StartSchedule(batches.Count);
    }

    /// <summary>Epochs done.</summary>
    public int Epoch { get; private set; }

    /// <summary>Draws initial values, or takes over where another training stood.</summary>
    /// <param name="start">Where; null: from new initial values.</param>
    /// <param name="vectors">With which the embedding of their tokens begins; null: none.</param>
    public void Begin(TrainingState? start, WordVectors? vectors)
    {
        if (start is null)
        {
            var parameters = ParameterInitializer.Create(options.Model(data), random, options.Start);
            vectors?.CopyTo(engine.Layout.Embedding.In(parameters));
            engine.SetParameters(parameters);
            good = StateOf(engine.GetState(), random.State, seconds: 0);
            if (options.Epochs == 0)
                Save(good.Engine, random.State, seconds: 0, report: null);
            return;
        }

        good = start;
        engine.SetState(start.Engine);
        var position = start.Position;
        (Epoch, batch, seconds) = (position.Epoch, position.Batch, position.Seconds);
        random.State = position.Generator;
        schedule.State = position.Schedule;
        if (batch >= batches.Count || start.Engine.Step != (long)Epoch * batches.Count + batch)
        {
            throw new UserErrorException(
                $"the state of the training is not one of {batches.Count} batches an epoch; train anew");
        }

        if (store.IsReconfigured) // or a stop before the next checkpoint would forget it
            store.SaveCheckpoint(engine.Layout, start.Engine.Model, report: null, start);
    }

    /// <summary>The batches of the next epoch that are not yet done, and its checkpoint.</summary>
    public void TrainEpoch(ITrainingObserver observer, CancellationToken cancellation)
    {
        var generator = random.State;
        if (tokenDropout is not null)
        {
            batches.Dispose(); // first: there may be no room for both
            batches = engine.Load(tokenDropout.Of(data.Train, Epoch + 1), options.BatchSize);
        }

        batches.Reorder(random.Permutation(data.Train.Rows));
        var compiles = engine is IProfiledEngine && !hasTrained;
        lookedAt = TimeSpan.Zero;
        var clock = Stopwatch.StartNew();
        while (batch < batches.Count)
        {
            cancellation.ThrowIfCancellationRequested();
            engine.TrainStep(batches, batch, schedule.Factor((long)Epoch * batches.Count + batch));
            batch++;
            hasTrained = true;
            observer.OnStep(Epoch + 1, batch, batches.Count);
            LookAtLosses(clock, cancellation);
            if (batch < batches.Count && batch % checkpoints.CheckpointEvery == 0)
                Save(FiniteState(cancellation), generator, seconds + clock.Elapsed.TotalSeconds, report: null);
        }

        var report = Report(compiles, clock, cancellation);
        var state = FiniteState(cancellation);
        schedule.EndEpoch(report.TrainLoss);
        (Epoch, batch, seconds) = (Epoch + 1, 0, 0);
        Save(state, random.State, seconds: 0, report);
        observer.OnEpoch(report);
    }

    public void Dispose() => batches.Dispose();

    // A long epoch shall not go on for nothing.
    private void LookAtLosses(Stopwatch clock, CancellationToken cancellation)
    {
        if (clock.Elapsed - lookedAt < BetweenLooks)
            return;
        lookedAt = clock.Elapsed;
        if (!double.IsFinite(engine.ReadTrainingTotals().LossSum))
            throw SearchInEpoch().Find(good!, cancellation);
    }

    private EpochReport Report(bool compiles, Stopwatch clock, CancellationToken cancellation)
    {
        var totals = engine.TakeTrainingTotals();
        var all = seconds + clock.Elapsed.TotalSeconds;
        if (!double.IsFinite(totals.MeanLoss))
            throw SearchInEpoch().Find(good!, cancellation);
        return new EpochReport(
            Epoch + 1, totals.MeanLoss, totals.Accuracy, all, data.Train.Rows / all, CompiledKernels: compiles);
    }

    private NonFiniteSearch SearchInEpoch()
    {
        var first = (long)Epoch * batches.Count;
        return new NonFiniteSearch(
            engine, batches, batch => schedule.Factor(first + batch), store.HasCheckpoint);
    }

    /// <summary>The engine's state, which must be finite to be kept.</summary>
    private EngineState FiniteState(CancellationToken cancellation)
    {
        var state = engine.GetState();
        return NonFiniteSearch.IsFinite(state) ? state : throw SearchInEpoch().Find(good!, cancellation);
    }

    private TrainingState StateOf(EngineState state, GeneratorState generator, double seconds) => new(
        state, new TrainingPosition(Epoch, batch, seconds, generator, schedule.State, engine.Accelerator, engine.Arithmetic));

    private void Save(EngineState state, GeneratorState generator, double seconds, EpochReport? report)
    {
        good = StateOf(state, generator, seconds);
        store.SaveCheckpoint(engine.Layout, state.Model, report, good);
    }
}
