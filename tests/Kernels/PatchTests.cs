using System.Text.RegularExpressions;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.TestKernels;
using ILGPU.Backends;
using ILGPU.Backends.OpenCL;

namespace GpuLstm.Tests.Kernels;

public sealed class PatchTests
{
    [Fact]
    public void Ptx_loses_its_unsound_uniform_branches() =>
        Assert.Equal("@%p1 bra L_0;\nbra L_1;", PtxPatch.Apply("@%p1 bra.uni L_0;\nbra.uni L_1;"));

    [Fact]
    public void Ptx_sums_go_up_to_where_their_operands_are_known() =>
        Assert.Equal(
            """
            L_0:
            	ld.shared.v2.f32	{%f1, %f2}, [%rd1];
            	mul.f32	%f4, %f1, %f8;
            	add.f32	%f5, %f9, %f4;
            	ld.shared.v2.f32	{%f3, %f7}, [%rd1+8];
            	mul.f32	%f10, %f3, %f8;
            	mul.f32	%f11, %f7, %f8;
            	sub.f32	%f12, %f10, %f11;
            	st.shared.f32	[%rd2], %f7;
            """,
            PtxPatch.Apply("""
            L_0:
            	ld.shared.v2.f32	{%f1, %f2}, [%rd1];
            	ld.shared.v2.f32	{%f3, %f7}, [%rd1+8];
            	st.shared.f32	[%rd2], %f7;
            	mul.f32	%f4, %f1, %f8;
            	add.f32	%f5, %f9, %f4;
            	mul.f32	%f10, %f3, %f8;
            	mul.f32	%f11, %f7, %f8;
            	sub.f32	%f12, %f10, %f11;
            """));

    [Theory]
    [InlineData("L_0:")]
    [InlineData("\tbar.sync\t0;")]
    [InlineData("\t@%p1 bra\tL_0;")]
    [InlineData("\t@%p1 mov.f32\t%f6, %f8;")]
    [InlineData("\tret;")]
    [InlineData("\tmov.f32\t%f1, %f8;")] // gives an operand its value
    [InlineData("\tld.global.v2.f32\t{%f2, %f9}, [%rd1];")]
    [InlineData("\tadd.f32\t%f6, %f3, %f4;")] // uses what the register held before
    [InlineData("\tst.global.f32\t[%rd1], %f5;")]
    public void Ptx_sums_stay_behind(string line)
    {
        var text = $"{line}\n\tmul.f32\t%f4, %f1, %f2;\n\tadd.f32\t%f5, %f9, %f4;";
        Assert.Equal(text, PtxPatch.Apply(text));
    }

    [Fact]
    public void Ptx_parameters_and_labels_are_numbered_from_0() => Assert.Equal(
        "_a_0[96] ) ld.param.b64 %rd1, [_a_0+8]; L_1: bra L_2; L_2: bra L_1; ld.shared.b32 %r1, [__shared_alloca0];",
        PtxPatch.Apply(
            "_a_455936[96] ) ld.param.b64 %rd1, [_a_455936+8]; L_9: bra L_31; L_31: bra L_9; ld.shared.b32 %r1, "
            + "[__shared_alloca0];"));

    /// <summary>What stands there in place of a division, run on numbers.</summary>
    [Theory]
    [InlineData("s32", 1)]
    [InlineData("s32", 2)]
    [InlineData("s32", 32)]
    [InlineData("s32", 1 << 30)]
    [InlineData("u32", 1)]
    [InlineData("u32", 64)]
    public void Ptx_remainders_by_powers_of_two_are_right_without_division(string type, int divisor)
    {
        var patched = PtxPatch.Apply($".reg .b32\t%r<8>;\n\trem.{type}\t%r5, %r6, {divisor};\n");
        Assert.DoesNotContain("rem", patched, StringComparison.Ordinal);
        Assert.Contains(".reg .b32\t%r<9>;", patched, StringComparison.Ordinal);
        int[] values = [0, 1, 5, 31, 32, 33, 1000, int.MaxValue, -1, -31, -32, -33, -1000, int.MinValue];
        Assert.All(values, value =>
        {
            var registers = new Dictionary<string, int> { ["%r6"] = value };
            foreach (Match line in Regex.Matches(
                patched, @"(?<operation>\w+)\.\w+\t(?<target>%r\d), (?<a>\S+?)(?:, (?<b>\S+))?;", RegexOptions.None,
                TimeSpan.FromSeconds(1)))
            {
                var (a, b) = (Value(line.Groups["a"].Value), Value(line.Groups["b"].Value));
                registers[line.Groups["target"].Value] = line.Groups["operation"].Value switch
                {
                    "mov" => a,
                    "shr" => a >> b,
                    "and" => a & b,
                    "add" => unchecked(a + b),
                    _ => unchecked(a - b),
                };
            }

            Assert.Equal(type == "u32" ? (int)((uint)value % (uint)divisor) : value % divisor, registers["%r5"]);

            int Value(string operand) => operand.Length == 0 ? 0 : operand[0] == '%' ? registers[operand] : int.Parse(operand);
        });
    }

    [Theory]
    [InlineData("rem.s32\t%r5, %r6, 12;")]
    [InlineData("rem.s32\t%r5, %r6, %r7;")]
    public void Ptx_other_remainders_stay(string line) =>
        Assert.Contains(line, PtxPatch.Apply($".reg .b32\t%r<8>;\n\t{line}\n"), StringComparison.Ordinal);

    [Theory]
    [InlineData("barrier(CLK_GLOBAL_MEM_FENCE)")]
    [InlineData("work_group_barrier(CLK_GLOBAL_MEM_FENCE)")]
    [InlineData("work_group_barrier (CLK_GLOBAL_MEM_FENCE)")]
    public void Opencl_barriers_fence_shared_memory_too(string barrier) =>
        Assert.Equal("x; barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE); y", OpenClPatch.Apply($"x; {barrier}; y"));

    [Fact]
    public void Opencl_keeps_no_generic_pointer() =>
        Assert.Equal("__global float* p", OpenClPatch.Apply("__generic float* p"));

    [Fact]
    public void Opencl_products_are_written_into_sums_of_their_block()
    {
        const string Declarations = "float var1; float var2; float var3; float var4; float var5;\n";
        const string Product = "\tvar3 = (float)((float) var1 *  (float)var2);\n";
        const string Difference = "\tvar5 = (float)((float) var4 -  (float)var3);";
        Assert.Equal(
            Declarations
                + Product
                + "\tvar5 = (float)((float) var4 -  (float)(var1 * var2));", OpenClPatch.Apply(
                    Declarations + Product + Difference));

        var inAnotherBlock = Declarations + Product + "\tL_0: ;\n" + Difference;
        Assert.Equal(inAnotherBlock, OpenClPatch.Apply(inAnotherBlock));
        var usedTwice = Declarations + Product + Difference + "\n\tvar6 = var3;";
        Assert.Equal(usedTwice, OpenClPatch.Apply(usedTwice));
    }

    [Fact]
    public void Opencl_atomics_name_their_address_space() =>
        Assert.Equal(
            "v = atomic_or((volatile __global int*)p, (int)1);",
            OpenClPatch.Apply("v = atomic_fetch_or ((atomic_int*)p, (int)1);"));

    [Fact]
    public void Opencl_types_and_labels_are_numbered_from_0() =>
        Assert.Equal(
            "struct type_0 { float field_7; }; struct type_1_kernel; struct type_1; goto L_2; L_3: ; L_2: ; type_0* view_9;",
            OpenClPatch.Apply(
                "struct type_31 { float field_7; }; struct type_9_kernel; struct type_9; goto L_31; L_4: ; L_31: ; type_31* "
                + "view_9;"));

    [SkippableFact]
    public void Opencl_text_does_not_depend_on_what_was_compiled_before()
    {
        TestDevices.SkipIfAbsent(AcceleratorKind.OpenCL);
        Assert.Equal(
            LastOf(LstmSequence.LanesForwardKernel),
            LastOf(LstmSequence.SerialForwardKernel, GateMath.BackwardKernel, LstmSequence.LanesForwardKernel));

        static string LastOf(params Delegate[] kernels)
        {
            using var device = DeviceCatalog.Open(AcceleratorKind.OpenCL);
            var backend = device.Accelerator.GetBackend();
            return kernels.Select(kernel => ((CLCompiledKernel)KernelLoader.Compile(backend, kernel.Method, groupSize: 1)).Source)
                .Last();
        }
    }
}
