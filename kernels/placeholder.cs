namespace GpuLstm.Kernels;
internal static class Placeholder;
