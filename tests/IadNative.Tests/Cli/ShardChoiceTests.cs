using IadNative.Cli;
using IadNative.Cli.Fleet;
using IadNative.Fleet;

namespace IadNative.Tests.Cli;

internal sealed class ShardChoiceTests
{
    [TestCase("0/4", "", 0, 4)]
    [TestCase("3/4", "", 3, 4)]
    [TestCase("auto", "SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_MIN=2 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=8", 3, 8)]
    [TestCase("auto", "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=2 SLURM_ARRAY_TASK_COUNT=4", 3, 4)]
    [TestCase("auto", "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=8", 7, 8)]
    [TestCase("auto", "JOB_COMPLETION_INDEX=0 JOB_COMPLETION_COUNT=2", 0, 2)]
    [TestCase("auto", "AWS_BATCH_JOB_ARRAY_INDEX=9 AWS_BATCH_JOB_ARRAY_SIZE=10", 9, 10)]
    [TestCase("auto", "CLOUD_RUN_TASK_INDEX=1 CLOUD_RUN_TASK_COUNT=3", 1, 3)]
    public void A_share_is_read_from_the_option_or_the_variables_of_a_job_array(string text, string environment, int index, int count) =>
        Assert.That(ShardChoice.Parse(text, Of(environment)), Is.EqualTo(new Shard(index, count)));

    [TestCase("4/4", "", "no share 4 of 4")]
    [TestCase("-1/4", "", "is no share")]
    [TestCase("1", "", "is no share")]
    [TestCase("1/0", "", "no share 1 of 0")]
    [TestCase("auto", "", "none of SLURM_ARRAY_TASK_ID, ")]
    [TestCase("auto", "JOB_COMPLETION_INDEX=0", "JOB_COMPLETION_COUNT is not set")]
    [TestCase("auto", "JOB_COMPLETION_INDEX=x JOB_COMPLETION_COUNT=2", "JOB_COMPLETION_INDEX is 'x'")]
    [TestCase("auto", "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=4 SLURM_ARRAY_TASK_COUNT=4", "no step from SLURM_ARRAY_TASK_MIN")]
    [TestCase("auto", "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=3", "no share 6 of 3")]
    public void What_says_no_share_is_refused(string text, string environment, string message) =>
        Assert.That(() => ShardChoice.Parse(text, Of(environment)), Throws.TypeOf<BadInputException>().With.Message.Contains(message));

    [Test]
    public void Without_a_share_it_is_the_whole() => Assert.That(ShardChoice.Parse(null, Of("SLURM_ARRAY_TASK_ID=7")), Is.EqualTo(Shard.Whole));

    private static Func<string, string?> Of(string environment)
    {
        Dictionary<string, string> variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        return name => variables.GetValueOrDefault(name);
    }
}
