global using unsafe Handler = delegate*<GpuLstm.PtxDriver.Machine.Warp, GpuLstm.PtxDriver.Translation.Instruction*, void>;
