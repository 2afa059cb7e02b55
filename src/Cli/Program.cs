using System.Globalization;
using GpuLstm.Cli;

// Numbers and dates are for programs too, and the same everywhere: what the environment says of the country does not count.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;

return await Application.RunAsync(args);
