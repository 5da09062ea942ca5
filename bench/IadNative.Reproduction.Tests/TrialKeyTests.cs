using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Reproduction.Tests;

internal sealed class TrialKeyTests
{
    private static readonly Settings s_flow = new()
    {
        Model = BaseModel.MaskedAutoregressiveFlow,
        Training = new TrainingOptions { Epochs = 3 },
    };

    private static readonly Cell s_cell = new(PaperDataset.Of("mnist"), 0.1, s_flow, null);
    private static readonly Trial s_trial = new(s_cell, "3", 7);

    [Test]
    public void A_key_has_all_that_results_depend_on()
    {
        Trial[] others =
        [
            s_trial with { Seed = 8 },
            s_trial with { NormalClass = "4" },
            s_trial with { Cell = s_cell with { Contamination = 0.2 } },
            s_trial with { Cell = s_cell with { Contamination = null } },
            With(s_flow with { Model = BaseModel.Autoencoder }),
            With(s_flow with { Flow = new NetworkSpec(16) }),
            With(s_flow with { Bias = true }),
            With(s_flow with { BatchNorm = false }),
            With(s_flow with { Affine = true }),
            With(s_flow with { Normalization = ImageNormalization.L1 }),
            With(s_flow with { Model = new Autoencoder { HasSigmoid = true } }),
            With(s_flow with { Model = new MaskedAutoregressiveFlow { Degrees = MadeDegrees.Spread } }),
            With(new TrainingOptions { Epochs = 4 }),
            With(new TrainingOptions { Epochs = 3, Rounds = 3 }),
            With(new TrainingOptions { Epochs = 3, BatchSize = 64 }),
            With(new TrainingOptions { Epochs = 3, LearningRate = 0.5 }),
            With(new TrainingOptions { Epochs = 3, WeightDecay = 0.5 }),
            With(new TrainingOptions { Epochs = 3, InverseTau = 9 }),
            With(new TrainingOptions { Epochs = 3, Between = BetweenRounds.Warm }),
            With(s_flow with { Model = new OneClassSvdd { PretrainEpochs = 1 } }),
            With(s_flow with { Model = new OneClassSvdd { PretrainEpochs = 2 } }),
            With(s_flow with { Model = new SoftBoundarySvdd { Nu = 0.2 } }),
            With(s_flow with { Model = new SoftBoundarySvdd { Nu = 0.3 } }),
            With(s_flow with { Model = new MaskedAutoregressiveFlow { WeightByDensity = true } }),
            With(new TrainingOptions { Epochs = 3, Ensemble = 2 }),
        ];
        string[] keys =
        [
            TrialKey.Of(s_trial, "other").Hash,
            .. others.Append(s_trial).Select(trial => TrialKey.Of(trial, "data").Hash),
        ];
        Assert.That(keys, Is.Unique.And.All.Matches("^[0-9a-f]{64}$"));

        static Trial With(object change) => s_trial with
        {
            Cell = s_cell with { Settings = change as Settings ?? s_flow with { Training = (TrainingOptions)change } },
        };
    }

    [Test]
    public void Which_table_asks_and_which_round_is_kept_are_no_part_of_it()
    {
        Settings other = s_flow with { Training = s_flow.Training with { Termination = TerminationCriterion.Last, Seed = 5 } };
        Trial asked = s_trial with { Cell = s_cell with { Paper = PaperTables.Table2[0].Result, Settings = other } };
        Assert.That(TrialKey.Of(asked, "data").Hash, Is.EqualTo(TrialKey.Of(s_trial, "data").Hash));
    }

    [Test]
    public void Options_that_came_later_leave_the_keys_of_what_was_trained_before_them_as_they_are()
    {
        string inputs = TrialKey.Of(s_trial with { Cell = s_cell with { Settings = s_flow with { Model = BaseModel.Autoencoder } } }, "data").Inputs;
        Assert.That(inputs, Does.StartWith("data:data contamination:0.1 normal-class:3 normalization:gcn model:ae network:conv8-conv4-32 "));
        Assert.That(inputs, Does.Not.Contain("sigmoid").And.Not.Contain("scaling"));
    }

    /// <summary>A key that changes with the build makes all stored trials worthless; this one may change with the algorithm alone.</summary>
    [Test]
    public void A_key_spells_out_every_default_and_stays_as_it_is()
    {
        Trial trial = new(new Cell(PaperDataset.Of("cardio"), null, SettledSettings.Of(BaseModel.OneClassSvdd, images: false), null),
            null, 3);
        TrialKey key = TrialKey.Of(trial, "0123");
        Assert.That(key.Inputs, Is.EqualTo(
            "data:0123 contamination:none normal-class:none normalization:none model:svdd network:32-16-8 batch-norm:true affine:false "
            + "bias:false degrees:sequential rounds:15 epochs:10 batch:128 lr:0.001 weight-decay:0 inverse-tau:4 between:reinit "
            + "pretrain:50 nu:0.1 score:nll ensemble:1 seed:3 "
            + $"algorithm:{AlgorithmVersion.Current}"));
        Assert.That(key.Hash, Is.EqualTo(TrialKey.HashOf(key.Inputs)));
        Assert.That(TrialKey.HashOf("abc"), Is.EqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    }
}
