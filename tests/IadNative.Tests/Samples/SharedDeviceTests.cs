using IadNative.Cuda;

namespace IadNative.Tests.Samples;

/// <summary>samples/SharedDevice, which ends with what is missing where there is no GPU.</summary>
[NonParallelizable]
public sealed class SharedDeviceTests
{
    private static readonly string s_data = Path.Combine(AppContext.BaseDirectory, "samples", "satellite.csv.gz");

    [Test]
    public void Without_a_gpu_it_says_what_is_missing()
    {
        if (CudaProbe.Run() is { Problem: null }) Assert.Ignore("There is a GPU.");
        (int exit, string output, string error) = SampleProgram.Run("SharedDevice", s_data, "label");
        Assert.That(exit, Is.EqualTo(1));
        Assert.That(output, Is.Empty);
        Assert.That(error, Does.StartWith("This sample needs an NVIDIA GPU, its driver, NVRTC and cuBLAS. ")
            .And.Match(@"(There is no (libcuda\.so\.1|nvcuda\.dll): the driver is not installed\.|\w+ failed \(\d+\).*|.*CUDA.*)\s*$"));
    }

    [Test, Category("Gpu")]
    public void On_a_gpu_it_fits_and_scores_rows_of_its_own_on_streams_of_its_own()
    {
        if (CudaProbe.Run() is { Problem: { } problem }) Assert.Ignore(problem);
        (int exit, string output, string error) = SampleProgram.Run("SharedDevice", s_data, "label");
        Assert.That(exit, Is.Zero, error);
        Assert.That(output, Does.Match(@"^CUDA, .*\r?\nuntrained [\d.]+ ?%, base [\d.]+ ?%, IAD [\d.]+ ?%\r?\n[1-9]\d* of 6435 rows lie above the threshold\r?\n$"));
    }

    [Test]
    public void Without_data_it_says_what_it_takes() => Assert.That(SampleProgram.Run("SharedDevice"), Is.EqualTo((2, "", $"SharedDevice DATA LABEL{Environment.NewLine}")));
}
