using System.Reflection;
using GpuLstm.Kernels.Primitives;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using ILGPU.Runtime.Cuda;
using Registers = ILGPU.Backends.RegisterAllocator<ILGPU.Backends.PTX.PTXRegisterKind>;

namespace GpuLstm.Kernels.TensorCores;

/// <summary>
/// The tensor cores' products of small matrices (PTX ISA, "Matrix multiply-accumulate instructions"), and the roundings of their
/// operands. A warp computes <c>D = A B + C</c> together, so all of its threads must come to each product. With
/// g = lane / 4 and t = lane % 4, a thread has of C and D [16, 8] the elements (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t +
/// 1), as the parts of a quad. CUDA only, from compute capability 8.0.
/// </summary>
internal static class TensorCore
{
    /// <summary>The first architecture that has them for these operands.</summary>
    public static readonly CudaArchitecture MinArchitecture = CudaArchitecture.SM_80;

    /// <summary>The nearest tf32 (8 bits of exponent, 10 of fraction), ties away from zero, as the bits of a float.</summary>
    [IntrinsicImplementation]
    public static int RoundToTf32(float value) => throw NoTensorCores();

    /// <summary>
    /// The nearest bfloat16 (8 bits of exponent, 7 of fraction) of two values, ties to even: one in the upper half, one in the
    /// lower.
    /// </summary>
    [IntrinsicImplementation]
    public static int RoundToBFloat16(float upper, float lower) => throw NoTensorCores();

    /// <summary>A [16, 8] · B [8, 8] of tf32, added up in float32.</summary>
    /// <param name="sum">What the product is added to, C.</param>
    /// <param name="a0">A at (g, t).</param>
    /// <param name="a1">A at (g + 8, t).</param>
    /// <param name="a2">A at (g, t + 4).</param>
    /// <param name="a3">A at (g + 8, t + 4).</param>
    /// <param name="b0">B at (t, g).</param>
    /// <param name="b1">B at (t + 4, g).</param>
    /// <returns>The sum D.</returns>
    [IntrinsicImplementation]
    public static Quad MultiplyTf32(Quad sum, int a0, int a1, int a2, int a3, int b0, int b1) => throw NoTensorCores();

    /// <summary>
    /// A [16, 16] · B [16, 8] of bfloat16, added up in float32; operands come in pairs, the first in the lower half.
    /// </summary>
    /// <param name="sum">What the product is added to, C.</param>
    /// <param name="a0">A at (g, 2t) and (g, 2t + 1).</param>
    /// <param name="a1">A at (g + 8, 2t) and (g + 8, 2t + 1).</param>
    /// <param name="a2">A at (g, 2t + 8) and (g, 2t + 9).</param>
    /// <param name="a3">A at (g + 8, 2t + 8) and (g + 8, 2t + 9).</param>
    /// <param name="b0">B at (2t, g) and (2t + 1, g).</param>
    /// <param name="b1">B at (2t + 8, g) and (2t + 9, g).</param>
    /// <returns>The sum D.</returns>
    [IntrinsicImplementation]
    public static Quad MultiplyBFloat16(Quad sum, int a0, int a1, int a2, int a3, int b0, int b1) => throw NoTensorCores();

    /// <summary>Teaches the compiler of a context the instructions.</summary>
    public static void Register(Context.Builder context)
    {
        var manager = context.GetIntrinsicManager();
        Register(nameof(RoundToTf32), nameof(EmitRoundToTf32));
        Register(nameof(RoundToBFloat16), nameof(EmitRoundToBFloat16));
        Register(nameof(MultiplyTf32), nameof(EmitMultiplyTf32));
        Register(nameof(MultiplyBFloat16), nameof(EmitMultiplyBFloat16));

        void Register(string method, string emitter) => manager.RegisterMethod(
            typeof(TensorCore).GetMethod(method, BindingFlags.Static | BindingFlags.Public)!,
            new PTXIntrinsic(typeof(TensorCore), emitter, IntrinsicImplementationMode.GenerateCode, MinArchitecture));
    }

    private static void EmitRoundToTf32(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        EmitRounding(generator, value, "cvt.rna.tf32.f32");

    private static void EmitRoundToBFloat16(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        EmitRounding(generator, value, "cvt.rn.bf16x2.f32");

    private static void EmitMultiplyTf32(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        EmitProduct(generator, value, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32");

    private static void EmitMultiplyBFloat16(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        EmitProduct(generator, value, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32");

    private static void EmitRounding(PTXCodeGenerator generator, Value value, string instruction)
    {
        var operands = Operands(generator, value, 0);
        var result = generator.AllocateHardware(value);
        using var command = generator.BeginCommand(instruction);
        command.AppendArgument(result);
        foreach (var operand in operands)
            command.AppendArgument(operand);
    }

    private static void EmitProduct(PTXCodeGenerator generator, Value value, string instruction)
    {
        var sum = Parts(generator, value[0]);
        var operands = Operands(generator, value, 1);
        var result = ((Registers.CompoundRegister)generator.Allocate(value)).SliceAs<Registers.PrimitiveRegister>(0, 4);
        using var command = generator.BeginCommand(instruction);
        command.AppendVectorArgument(result);
        command.AppendVectorArgument(operands[..4]);
        command.AppendVectorArgument(operands[4..]);
        command.AppendVectorArgument(sum);
    }

    private static Registers.PrimitiveRegister[] Operands(PTXCodeGenerator generator, Value value, int first) =>
        [
            .. Enumerable.Range(first, value.Nodes.Length - first)
                .Select(n => generator.EnsureHardwareRegister(generator.LoadPrimitive(value[n]))),
        ];

    private static Registers.PrimitiveRegister[] Parts(PTXCodeGenerator generator, Value quad) =>
        [
            .. ((Registers.CompoundRegister)generator.Load(quad)).SliceAs<Registers.PrimitiveRegister>(0, 4)
                .Select(generator.EnsureHardwareRegister),
        ];

    private static NotSupportedException NoTensorCores() => new("tensor cores are CUDA's alone");
}
