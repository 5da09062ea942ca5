using IadNative.Tests.Compute;

namespace IadNative.Tests.Cuda.Fusion;

/// <summary>Whole fits through fused epochs: as any device's, and as those of kernel by kernel.</summary>
internal sealed class FusedFitTests
{
    private static readonly BaseModel[] s_models =
        [BaseModel.OneClassSvdd, BaseModel.SoftBoundarySvdd, BaseModel.Autoencoder, BaseModel.MaskedAutoregressiveFlow];

    private static IEnumerable<TestCaseData> Cases =>
        from device in Devices.Fused
        where !device.Description.Contains("checked", StringComparison.Ordinal)
        from model in s_models
        select Devices.Case(device, model).SetArgDisplayNames(device.Description, model.Name);

    [TestCaseSource(nameof(Cases))]
    public void Every_round_of_every_seed_agrees_with_the_twin(IDevice device, BaseModel model) =>
        new FreeRunningTests(device).Every_round_of_every_seed_agrees_with_the_twin(model);

    [TestCaseSource(nameof(Cases))]
    public void Runs_side_by_side_have_the_bits_of_single_runs(IDevice device, BaseModel model) =>
        new FreeRunningTests(device).Runs_side_by_side_agree_with_single_runs(model);

    [TestCaseSource(nameof(Cases))]
    public void The_same_fit_again_gives_the_same_bits(IDevice device, BaseModel model) =>
        new FreeRunningTests(device).The_same_fit_again_gives_the_same_bits(model);
}
