namespace IadNative.Cuda.Interop;

/// <summary>What a user can do about a failed call.</summary>
internal static class StatusAdvice
{
    /// <summary>Advice on a status of the driver, with a space before it; empty where there is none.</summary>
    public static string ForDriver(int status) => status switch
    {
        2 => " Free memory on the device (nvidia-smi shows what uses it), or give it less at once: fewer seeds, a smaller "
            + "ensemble, smaller batches.",
        34 => " The library found is a stub for linking. Let the loader find the one of NVIDIA's driver.",
        46 => " Another process holds the device for itself, or it is in prohibited mode: see nvidia-smi.",
        100 => " Check that nvidia-smi lists a device and that CUDA_VISIBLE_DEVICES does not hide it.",
        200 or 209 or 218 => " The compiled kernels do not suit this device. Delete the kernel cache and try again.",
        214 or 220 or 911 => Lost("The device reported a hardware fault"),
        221 => " The driver's compiler of PTX (libnvidia-ptxjitcompiler, on Windows nvptxJITCompiler) is missing. Install the whole driver, "
            + "or an NVRTC that knows this device.",
        222 => " NVRTC is newer than the driver. Update the driver, or use the NVRTC of the driver's CUDA version.",
        223 => " This device needs kernels compiled by the driver, which CUDA_DISABLE_PTX_JIT or CUDA_DISABLE_JIT forbids. Unset them, or use an "
            + "NVRTC that knows this device.",
        700 or (>= 710 and <= 719 and not 711 and not 712 and not 713) =>
            Lost("A kernel that was launched earlier failed; this is a defect worth reporting"),
        702 => Lost("A kernel ran longer than the display allows"),
        803 or 804 => " The driver's parts do not match, as after an update of it. Restart the machine.",
        802 => " The devices are not ready. Where NVSwitch connects them, NVIDIA's fabric manager (nvidia-fabricmanager) must run, in the driver's "
            + "version; otherwise wait and try again.",
        805 or 806 or 807 => " The service that shares the device between processes (MPS) does not answer. Start nvidia-cuda-mps-control "
            + "again, or stop it and unset CUDA_MPS_PIPE_DIRECTORY.",
        808 => " The service that shares the device (MPS) serves as many processes as it can. Wait until one ends.",
        913 => " A kernel was not loaded when a recording needed it. Set CUDA_MODULE_LOADING=EAGER, and report this as a defect.",
        999 => Lost("The device may have been lost: see nvidia-smi and the system's log"),
        _ => "",
    };

    private static string Lost(string cause) =>
        $" {cause}. CUDA work of this process cannot go on; start it again, or use the CPU.";
}
