using System.Diagnostics;
using System.Globalization;
using GpuLstm.Data;
using GpuLstm.EndedTraining;
using GpuLstm.Engines;
using GpuLstm.Files;
using GpuLstm.Model;
using GpuLstm.Training;

// Trains two epochs into the folder of its first argument, over the model that is there, and ends before the change of files that its second
// argument numbers, from 1. Its third says how: "kill" as by kill -9, "drop" as the command line leaves a command that does not stop in time.
// Exit code 0: ran to its end. The words of its texts, and so its vocabulary, are the fourth argument.
const int Dropped = 7;
var noHash = new string('0', 64);
var (folder, last, how) = (args[0], int.Parse(args[1], CultureInfo.InvariantCulture), args[2]);
var options = new TrainingOptions { Epochs = 2, HiddenSize = 2, EmbeddingSize = 2, MaxLength = 4, BatchSize = 2 };
string[] texts = [$"{args[3]} good", $"{args[3]} bad"];
var vocabulary = Vocabulary.FromTexts(texts, options.Tokens, minCount: 1);
var rows = TokenMatrix.Encode(texts, [0, 1], vocabulary, options.MaxLength);
using var engine = EngineFactory.Create(AcceleratorChoice.Cpu, options.Model(vocabulary), options.Adam, new EngineLimits(options.BatchSize, options.MaxLength));
var changes = 0;
Disk.BeforeChange = change =>
{
    if (++changes != last)
        return;
    if (how == "kill")
        Process.GetCurrentProcess().Kill();
    var leaving = new Thread(() =>
    {
        UnfinishedFiles.DropAll(TimeSpan.FromSeconds(0.05));
        Environment.Exit(Dropped);
    });
    leaving.Start();
    // The training stands still while the process ends, or goes on; at the instant of the change it goes on, and the end waits for it.
    if (last % 2 == 0 && !change.StartsWith("move folder", StringComparison.Ordinal))
        leaving.Join();
};
using var run = RunFolder.Create(folder, RunConfig.Of("tweets.csv", noHash, null, options), vocabulary, overwrite: true);
try
{
    Trainer.Run(options, new PreparedData(vocabulary, rows, rows, noHash), engine, run, new Silence(), CancellationToken.None);
    return 0;
}
catch (OperationCanceledException)
{
    Thread.Sleep(Timeout.Infinite); // the other thread ends the process
    return Dropped;
}
