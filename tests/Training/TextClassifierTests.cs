using GpuLstm.Data;
using GpuLstm.Inference;
using GpuLstm.Kernels.Devices;
using GpuLstm.Metrics;
using GpuLstm.Model;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Tests.Training;

/// <summary>A classifier as a program in C# uses it: from several threads, with whatever arguments, and after its end.</summary>
public sealed class TextClassifierTests
{
    private const int Threads = 4;
    private static readonly Vocabulary Words = Vocabulary.FromTexts(["good bad game day"], TokenKind.Word);

    // Batches of two and rows of all lengths, with and without words of the vocabulary.
    private static readonly string[][] Requests =
    [
        ["good game"], ["bad day", "good", "", "a game of words", "bad"], [""], ["day day day day day", "good bad"],
        ["bad game", "game", "good day"], [],
    ];

    /// <summary>How often each thread asks, for a narrow layer and for one that CUDA records as a graph.</summary>
    public static TheoryData<AcceleratorKind, int, int> Loads => new()
    {
        { AcceleratorKind.Cpu, 3, 1000 },
        { AcceleratorKind.Cpu, 130, 250 },
        { AcceleratorKind.Simulator, 3, 15 },
        { AcceleratorKind.OpenCL, 3, 250 },
        { AcceleratorKind.Cuda, 3, 50 },
        { AcceleratorKind.Cuda, 130, 6 },
    };

    [SkippableTheory]
    [MemberData(nameof(Loads))]
    public void Every_thread_gets_the_bits_that_one_alone_gets(AcceleratorKind accelerator, int hidden, int callsOfAThread)
    {
        TestDevices.SkipIfAbsent(accelerator);
        var model = CreateModel(hidden);
        var labelled = TokenMatrix.Encode(Requests[1], [0, 1, 0, 1, 1], model.Vocabulary, model.Options.MaxLength);
        using var classifier = new TextClassifier(model, accelerator);
        var answers = new (int Request, double[] Probabilities, EvaluationReport? Report)[Threads][];
        RunThreads(thread => answers[thread] =
        [
            .. from call in Enumerable.Range(0, callsOfAThread)
               let request = (thread + call) % Requests.Length
               let probabilities = Negative(classifier, Requests[request])
               select (request, probabilities, call % 5 == 0 ? classifier.Evaluate(labelled, CancellationToken.None) : null),
        ]);

        // The threads came first, so that they loaded the kernels and recorded the graphs.
        double[][] alone = [.. Requests.Select(texts => Negative(classifier, texts))];
        var report = classifier.Evaluate(labelled, CancellationToken.None);
        Assert.Equal(Threads * callsOfAThread, answers.Sum(ofThread => ofThread.Length));
        Assert.Equal(
            0, answers.Sum(ofThread => ofThread.Count(answer => !answer.Probabilities.SequenceEqual(alone[answer.Request]))));
        Assert.Equal(
            0,
            answers.Sum(
                ofThread => ofThread.Count(
                    answer => answer.Report is { } found && (found.Loss, found.Accuracy) != (report.Loss, report.Accuracy))));
        DisposeMeanwhile(classifier, alone[1]);
    }

    /// <summary>ILGPU keeps a thread bound to the last device that it used.</summary>
    [SkippableFact]
    public void A_thread_goes_on_with_another_classifier_when_its_first_was_disposed_of_elsewhere()
    {
        TestDevices.SkipIfAbsent(AcceleratorKind.Cuda);
        var model = CreateModel(hidden: 3);
        var first = new TextClassifier(model, AcceleratorKind.Cuda);
        var expected = Negative(first, Requests[1]);
        RunThreads(_ => first.Dispose());
        using var second = new TextClassifier(model, AcceleratorKind.Cuda);
        Assert.Equal(expected, Negative(second, Requests[1]));
    }

    [Fact]
    public void A_classifier_that_is_disposed_of_meanwhile_answers_right_or_says_so()
    {
        var model = CreateModel(hidden: 3);
        for (var round = 0; round < 20; round++)
        {
            var classifier = new TextClassifier(model, AcceleratorKind.Cpu);
            DisposeMeanwhile(classifier, Negative(classifier, Requests[1]));
        }
    }

    [Fact]
    public void Who_waits_for_a_turn_can_be_cancelled()
    {
        using var classifier = new TextClassifier(CreateModel(hidden: 3), AcceleratorKind.Cpu);

        // Without a text there is no batch that would look at the token.
        Assert.Throws<OperationCanceledException>(() => classifier.Predict([], new CancellationToken(canceled: true)));
        Assert.Single(classifier.Predict(["good"], CancellationToken.None)); // the turn was given back
    }

    [Fact]
    public void Arguments_that_make_no_sense_are_named()
    {
        var model = CreateModel(hidden: 3);
        using var classifier = new TextClassifier(model, AcceleratorKind.Cpu);
        Assert.Throws<ArgumentNullException>("model", () => new TextClassifier(null!, AcceleratorKind.Cpu));
        Assert.Throws<ArgumentNullException>("texts", () => classifier.Predict(null!, CancellationToken.None));
        var error = Assert.Throws<ArgumentException>("texts", () => classifier.Predict(["good", null!], CancellationToken.None));
        Assert.StartsWith("text 1 is null", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("rows", () => classifier.Evaluate(null!, CancellationToken.None));
        var longer = TokenMatrix.Encode(["good"], [1], model.Vocabulary, model.Options.MaxLength + 1);
        Assert.Throws<ArgumentException>("rows", () => classifier.Evaluate(longer, CancellationToken.None));
        foreach (var token in new[] { -1, model.Options.VocabularySize })
        {
            Assert.Throws<ArgumentException>(
                "rows", () => classifier.Evaluate(new TokenMatrix([token], [1], [1], 1), CancellationToken.None));
        }

        Assert.Equal(
            1,
            classifier.Evaluate(new TokenMatrix([model.Options.VocabularySize - 1], [1], [1], 1), CancellationToken.None).Rows);
    }

    /// <summary>One thread disposes of the classifier while the others predict what they expect, until they are told.</summary>
    private static void DisposeMeanwhile(TextClassifier classifier, double[] expected)
    {
        using var started = new CountdownEvent(Threads - 1);
        RunThreads(thread =>
        {
            if (thread == 0)
            {
                started.Wait();
                classifier.Dispose();
                return;
            }

            started.Signal();
            Assert.Throws<ObjectDisposedException>(() => PredictForEver(classifier, expected));
        });
        classifier.Dispose();
        Assert.Throws<ObjectDisposedException>(() => classifier.Predict([], CancellationToken.None));
        Assert.Throws<ObjectDisposedException>(() => classifier.Evaluate(new TokenMatrix([], [], [], 4), CancellationToken.None));
    }

    /// <summary>The probability of label 1 for each text.</summary>
    private static double[] Negative(TextClassifier classifier, string[] texts) =>
        [.. classifier.Predict(texts, CancellationToken.None).Select(answer => answer.Probabilities[1])];

    private static void PredictForEver(TextClassifier classifier, double[] expected)
    {
        while (true)
            Assert.Equal(expected, Negative(classifier, Requests[1]));
    }

    private static TrainedModel CreateModel(int hidden)
    {
        var training = new TrainingOptions { EmbeddingSize = 2, HiddenSize = hidden, MaxLength = 4, BatchSize = 2 };
        var options = training.Model(Words);
        return new TrainedModel(
            RunConfig.Of("tweets.csv", new string('0', 64), null, training), Words, options,
            ParameterInitializer.Create(options, new NumpyRandom(5)));
    }

    /// <summary>Runs as many threads at once, each with its number, and throws what one of them throws.</summary>
    private static void RunThreads(Action<int> work)
    {
        var failures = new List<Exception>();
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(number => new Thread(() =>
        {
            try
            {
                work(number);
            }
            catch (Exception e)
            {
                lock (failures)
                {
                    failures.Add(e);
                }
            }
        }))];
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        Assert.Empty(failures);
    }
}
