using GpuLstm.Cli;

return await Application.RunAsync(args);
