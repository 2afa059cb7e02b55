using System.Diagnostics;
using GpuLstm.Kernels.Drivers;

namespace GpuLstm.Tests.Kernels;

public sealed class DriverLogTests
{
    [Fact]
    public void A_refused_kernel_says_what_the_driver_said()
    {
        var error = Assert.Throws<KernelLoadException>(() => DriverLog.Capture<int>("LstmCell.ForwardKernel", () =>
        {
            Trace.WriteLine("Kernel loading failed:");
            Trace.WriteLine("line 7: unknown instruction\0\0\0");
            throw new InvalidOperationException("CL_BUILD_PROGRAM_FAILURE");
        }));
        Assert.Equal(
            "the driver refused the kernel LstmCell.ForwardKernel: Kernel loading failed: line 7: unknown instruction ",
            error.Message);
    }

    [Fact]
    public void A_silent_failure_stays_as_it_is() =>
        Assert.Throws<InvalidOperationException>(() => DriverLog.Capture<int>("k", () => throw new InvalidOperationException()));
}
