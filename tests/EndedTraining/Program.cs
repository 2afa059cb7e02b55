using System.Diagnostics;
using System.Globalization;
using GpuLstm.EndedTraining;
using GpuLstm.Files;

// Trains into the folder of its first argument, and ends before the change of files that its second argument numbers, from 1. Its
// third says how: "kill" as by kill -9, "drop" as the command line leaves a command that does not stop in time. The fourth is the
// first word of its texts. Exit code 0: ran to its end.
const int Dropped = 7;
var (folder, last, how) = (args[0], int.Parse(args[1], CultureInfo.InvariantCulture), args[2]);
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
    // The training stands still while the process ends, or goes on; at the instant of the change it goes on, and the end waits
    // for it.
    if (last % 2 == 0 && !change.StartsWith("move folder", StringComparison.Ordinal))
        leaving.Join();
};
try
{
    SmallTraining.Run(folder, args[3]);
    return 0;
}
catch (OperationCanceledException)
{
    Thread.Sleep(Timeout.Infinite); // the other thread ends the process
    return Dropped;
}
